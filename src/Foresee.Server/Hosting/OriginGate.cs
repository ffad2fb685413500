using System.Net;

namespace Foresee.Server.Hosting;

/// <summary>
/// A page from elsewhere, open in the same browser, must not act on this server: it would have the user's place in the network. Requests
/// whose Origin is not this server are refused, and on loopback also names that others could point here (DNS rebinding).
/// </summary>
internal sealed class OriginGate(RequestDelegate next, ServerOptions options)
{
    private readonly bool loopback = IPAddress.IsLoopback(options.Address);

    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (loopback && !IsLoopback(host.Host))
            throw new Problem(421, "unknown_host", "This server answers to localhost and addresses of loopback alone.");
        if (context.Request.Headers.Origin is [{ } origin]
            && !(Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, host.Value, StringComparison.OrdinalIgnoreCase)))
            throw new Problem(403, "foreign_origin", "Pages of other servers may not use this one.");
        return next(context);
    }

    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
