using Foresee.Server.Hosting;

namespace Foresee.Server.Models;

/// <summary>What the model is.</summary>
/// <param name="Labels">Labelled images that it was fitted from.</param>
/// <param name="OutOfPlace">Whether it tells images that are unlike the training images.</param>
/// <param name="LabelMode">Whether images can be labelled at /label.</param>
internal sealed record ModelAnswer(string Name, string Version, IReadOnlyList<string> Classes, InputAnswer Input, double? Accuracy,
    double? AccuracyLow, double? AccuracyHigh, int Labels, bool OutOfPlace, bool Sets, bool Thumbnails, bool LabelMode, int MostImages,
    long MostBytes, long MostPixels);

/// <summary>In pixels.</summary>
internal sealed record InputAnswer(int Width, int Height, int Channels);

/// <summary>/v1/model, and thumbnails of the training images.</summary>
internal sealed class ModelEndpoints(ServerOptions options, ModelSlot slot)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/model", () => Results.Json(Describe(), Json.Options));
        routes.MapGet("/v1/models/{version}/thumbnails/{index:int}", Thumbnail);
    }

    private ModelAnswer Describe()
    {
        using var lease = slot.Take();
        var (model, about) = (lease.Model, lease.Model.Description);
        return new(model.Name, model.Version, about.Classes, new(about.Input.Width, about.Input.Height, about.Input.Channels),
            about.Accuracy?.Mean, about.Accuracy?.Low, about.Accuracy?.High, about.Labels, about.Novelty is not null,
            about.Conformal is not null, model.HasThumbnails,
            options.Labels is not null, options.MostImages, options.MostBytes, options.MostPixels);
    }

    /// <summary>By number, never by a name that was sent; only of the model in use, whose numbers they are.</summary>
    private async Task<IResult> Thumbnail(HttpContext context, string version, int index)
    {
        using var lease = slot.Take();
        if (version != lease.Model.Version || index < 0) throw new Problem(404, "not_found", "There is no such picture.");
        try
        {
            var picture = await File.ReadAllBytesAsync(lease.Model.ThumbnailOf(index), context.RequestAborted);
            context.Response.Headers.CacheControl = "private, max-age=86400, immutable";
            return Results.Bytes(picture, "image/jpeg");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new Problem(404, "not_found", "There is no such picture.");
        }
    }
}
