using Foresee.Server.Hosting;

namespace Foresee.Server.Pages;

/// <summary>The page's files, inside the program: no build step, and nothing from elsewhere.</summary>
internal static class PageFiles
{
    private static readonly (string Address, string File, string Type)[] all =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/label", "label.html", "text/html; charset=utf-8"),
        ("/foresee.css", "foresee.css", "text/css; charset=utf-8"),
        ("/server.js", "server.js", "text/javascript; charset=utf-8"),
        ("/classify.js", "classify.js", "text/javascript; charset=utf-8"),
        ("/label.js", "label.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
        ("/openapi.json", "openapi.json", "application/json"),
    ];

    /// <param name="labels">Whether there is a label mode.</param>
    public static void Map(IEndpointRouteBuilder routes, bool labels)
    {
        foreach (var (address, file, type) in all)
        {
            if (!labels && file.StartsWith("label.", StringComparison.Ordinal)) continue;
            var content = Read(file);
            routes.MapGet(address, (HttpContext context) =>
            {
                context.Response.Headers.CacheControl = "no-cache";
                return Results.Bytes(content, type);
            }).WithMetadata(new OpenToAll(), new PageFile());
        }
    }

    public static byte[] Read(string file)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream($"Foresee.Server.Pages.{file}")
            ?? throw new InvalidOperationException($"The program lacks its file {file}.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}

/// <summary>An endpoint for browsers, not for programs.</summary>
internal sealed class PageFile;
