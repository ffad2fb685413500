using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foresee.Server.Hosting;

/// <summary>How answers are written: names as Foresee's files have them.</summary>
internal static class Json
{
    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.Strict,
        MaxDepth = 8,
    };

    /// <summary>The body of a request that is small and JSON.</summary>
    /// <exception cref="Problem">It is not.</exception>
    public static async Task<T> Read<T>(HttpRequest request, CancellationToken cancel) where T : class
    {
        if (!request.HasJsonContentType())
            throw new Problem(415, "unsupported_type", "Send the type application/json.");
        if (request.ContentLength > MostBytes) throw TooLarge();
        try
        {
            request.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>()?
                .MaxRequestBodySize = MostBytes;
            return await JsonSerializer.DeserializeAsync<T>(request.Body, Options, cancel)
                ?? throw new Problem(400, "bad_request", "The body is null; send an object.");
        }
        catch (JsonException error)
        {
            throw new Problem(400, "bad_request", $"The body is no JSON that is understood here{At(error)}.");
        }
    }

    private const int MostBytes = 1 << 16;

    private static string At(JsonException error) => error.Path is { Length: > 0 } path ? $" (at {path})" : "";

    private static Problem TooLarge() => new(413, "too_large", $"Such a request has at most {MostBytes} bytes.");
}
