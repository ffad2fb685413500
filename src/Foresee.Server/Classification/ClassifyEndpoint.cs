using System.Diagnostics;
using Foresee.Images;
using Foresee.Server.Hosting;
using Foresee.Server.Models;

namespace Foresee.Server.Classification;

/// <summary>POST /v1/classify: images in, classes out.</summary>
internal sealed class ClassifyEndpoint(ServerOptions options, ModelSlot slot, ImageQueue queue, UploadMemory memory, ServerMetrics metrics)
{
    public async Task<IResult> Answer(HttpContext context)
    {
        var asked = ClassifyRequest.Of(context.Request.Query);
        using var uploads = await Uploads.Read(context.Request, options, memory);
        var start = Stopwatch.GetTimestamp();
        using var lease = slot.Take();
        if (asked.Coverage is not null && lease.Model.Description.Conformal is null)
            throw new Problem(400, "bad_parameter", "This model was not calibrated for sets of classes; leave coverage out.");
        // Not awaited with the request's token: the memory of the images is free only when none of them is being computed.
        var images = await queue.Run(uploads.Images, upload => Classify(upload, lease.Model, asked), context.RequestAborted);
        if (images.All(image => image.Fault is not null)) throw Refusal(images);
        return Results.Json(new ClassifyAnswer(lease.Model.Name, lease.Model.Version,
            Math.Round(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 2), images), Json.Options);
    }

    private ImageAnswer Classify(Upload upload, LoadedModel model, ClassifyRequest asked)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            if (TooManyPixels(upload.Content) is { } fault) return Unreadable(upload, fault);
            var prediction = model.Classifier.Predict(ImageFile.Read(upload.Content, "the image", model.Description.Input));
            var (best, thumbnails) = (prediction.Classes[0], model.HasThumbnails);
            metrics.Classified(Stopwatch.GetElapsedTime(start), best.Probability, prediction.OutOfPlace);
            return new(upload.Name)
            {
                Label = best.Class,
                Probability = best.Probability,
                Classes = [.. prediction.Classes.Take(asked.Top).Select(entry => new ClassAnswer(entry.Class, entry.Probability))],
                OutOfPlace = prediction.OutOfPlace,
                Distance = prediction.Distance,
                Set = asked.Coverage is { } coverage ? prediction.Set(coverage) : null,
                Nearest = asked.Nearest == 0 ? null : [.. prediction.Nearest.Take(asked.Nearest).Select(near => new NearestAnswer(
                    near.Label, near.Similarity, thumbnails ? $"/v1/models/{model.Version}/thumbnails/{near.Index}" : null))],
            };
        }
        catch (UnreadableImageException error)
        {
            return Unreadable(upload, new("unreadable_image", Sentence(error.Reason)));
        }
    }

    /// <summary>Told by the first bytes: a small file can be a picture that fills the memory.</summary>
    private ImageFault? TooManyPixels(byte[] content)
    {
        var header = ImageFile.Look(content, "the image");
        return (long)header.Width * header.Height <= options.MostPixels ? null : new("too_many_pixels",
            $"It has {header.Width} x {header.Height} pixels, at most {options.MostPixels} in all are taken; make it smaller.");
    }

    private ImageAnswer Unreadable(Upload upload, ImageFault fault)
    {
        metrics.Unreadable();
        return new(upload.Name) { Fault = fault };
    }

    private static string Sentence(string words) =>
        words.Length == 0 ? "It can't be read." : $"{char.ToUpperInvariant(words[0])}{words[1..].TrimEnd('.')}.";

    /// <summary>None can be read.</summary>
    private static Problem Refusal(IReadOnlyList<ImageAnswer> images)
    {
        var first = images[0].Fault!;
        return new(first.Code == "too_many_pixels" ? 413 : 422, first.Code, images.Count == 1 ? first.Detail
            : $"None of the {images.Count} images can be read; the first: {first.Detail}")
        { More = new Dictionary<string, object?> { ["images"] = images } };
    }
}
