namespace Foresee.Server.Hosting;

/// <summary>What every answer tells a browser: nothing from elsewhere, nothing in a frame, nothing guessed, nothing kept.</summary>
internal static class AnswerHeaders
{
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Task Add(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["X-Request-Id"] = context.TraceIdentifier;
        headers.CacheControl = "no-store";
        return next(context);
    }
}
