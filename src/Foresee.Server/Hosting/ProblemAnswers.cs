using Microsoft.AspNetCore.WebUtilities;

namespace Foresee.Server.Hosting;

/// <summary>Makes of every refusal, fault and bare status a <see cref="Problem"/>'s answer.</summary>
internal sealed partial class ProblemAnswers(RequestDelegate next, ServerMetrics metrics, ILogger<ProblemAnswers> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Problem problem)
        {
            if (problem.Status == 500) Failed(log, problem, context.TraceIdentifier);
            await Answer(context, problem);
            return;
        }
        catch (BadHttpRequestException error)
        {
            await Answer(context, OfStatus(error.StatusCode, context));
            return;
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is there to be answered
        }
        catch (Exception error)
        {
            Failed(log, error, context.TraceIdentifier);
            await Answer(context, new Problem(500, "internal",
                "The server met a fault of its own; its messages tell more under this request's number."));
            return;
        }
        if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null, ContentType: null })
            await Answer(context, OfStatus(context.Response.StatusCode, context));
    }

    public async Task Answer(HttpContext context, Problem problem)
    {
        metrics.Refused(problem.Code);
        if (context.Response.HasStarted) context.Abort();
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;
        var kept = context.Response.Headers.Allow;
        context.Response.Headers.Remove("Content-Type");
        context.Response.StatusCode = problem.Status;
        if (kept.Count > 0) context.Response.Headers.Allow = kept;
        if (problem.RetrySeconds is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(Json.Culture);
        if (problem.Status is 408 or 413) context.Response.Headers.Connection = "close"; // what is still to come is not waited for
        if (problem.Status == 401) context.Response.Headers.WWWAuthenticate = "Bearer realm=\"foresee\"";
        var fields = new ProblemFields("about:blank", ReasonPhrases.GetReasonPhrase(problem.Status), problem.Status, problem.Code,
            problem.Message, context.TraceIdentifier)
        { More = problem.More is null ? null : new Dictionary<string, object?>(problem.More) };
        await context.Response.WriteAsJsonAsync(fields, Json.Options, "application/problem+json", CancellationToken.None);
    }

    private static Problem OfStatus(int status, HttpContext context) => status switch
    {
        404 => new(status, "not_found", "There is nothing at this address; /openapi.json lists what there is."),
        405 => new(status, "method_not_allowed", $"{context.Request.Method} is not understood here; the header Allow names what is."),
        408 => new(status, "too_slow", "The request came too slowly; send it faster."),
        413 => new(status, "too_large", "The request is too large."),
        415 => new(status, "unsupported_type", "This type of content is not taken here."),
        _ => new(status, "bad_request", "The request can't be understood."),
    };

    [LoggerMessage(LogLevel.Error, "The request {Number} failed")]
    private static partial void Failed(ILogger log, Exception error, string number);
}
