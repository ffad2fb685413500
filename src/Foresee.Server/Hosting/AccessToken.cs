using System.Security.Cryptography;
using System.Text;

namespace Foresee.Server.Hosting;

/// <summary>Lets through whom carries the token: "Authorization: Bearer TOKEN", never in an address, where logs would keep it.</summary>
internal sealed class AccessToken(RequestDelegate next, ServerOptions options)
{
    private const string Scheme = "Bearer ";
    private readonly byte[]? expected = options.Token is { } token ? Digest(token) : null;

    public Task InvokeAsync(HttpContext context)
    {
        if (expected is null || IsOpen(context) || Carries(context)) return next(context);
        throw new Problem(401, "token_required", "This server needs its token; send the header 'Authorization: Bearer TOKEN'.");
    }

    /// <summary>Health, and the page that asks for the token; neither tells anything of the model.</summary>
    private static bool IsOpen(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<OpenToAll>() is not null;

    /// <summary>In a time that tells nothing: digests have one length, and all of their bytes are compared.</summary>
    private bool Carries(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var given = header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : "";
        return CryptographicOperations.FixedTimeEquals(Digest(given), expected);
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>An endpoint that needs no token.</summary>
internal sealed class OpenToAll;
