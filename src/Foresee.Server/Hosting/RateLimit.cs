using System.Net;
using System.Threading.RateLimiting;

namespace Foresee.Server.Hosting;

/// <summary>So many requests a second from one address; more are refused with 429. Wrong tokens count, too.</summary>
internal sealed class RateLimit(RequestDelegate next, ServerOptions options) : IDisposable
{
    private readonly PartitionedRateLimiter<HttpContext>? limiter = options.Rate is { } rate ? Limiter(rate) : null;

    public async Task InvokeAsync(HttpContext context)
    {
        if (limiter is not null)
        {
            using var permit = limiter.AttemptAcquire(context);
            if (!permit.IsAcquired)
                throw new Problem(429, "too_many_requests", "This address makes too many requests; send them more slowly.")
                {
                    RetrySeconds = permit.TryGetMetadata(MetadataName.RetryAfter, out var after)
                        ? Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)) : 1,
                };
        }
        await next(context);
    }

    private static PartitionedRateLimiter<HttpContext> Limiter(double rate) => PartitionedRateLimiter.Create<HttpContext, IPAddress>(
        context => RateLimitPartition.GetTokenBucketLimiter(context.Connection.RemoteIpAddress ?? IPAddress.None, _ => new()
        {
            TokenLimit = Math.Max(1, (int)Math.Ceiling(2 * rate)),
            TokensPerPeriod = 1,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1 / rate),
        }));

    public void Dispose() => limiter?.Dispose();
}
