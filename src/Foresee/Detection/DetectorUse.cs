using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>A detector on images as they lie on disk.</summary>
public static class DetectorUse
{
    /// <summary>Images that are computed together.</summary>
    public const int AtOnce = 4;

    /// <summary>What is found in each image, by descending score, in the image's own pixels.</summary>
    /// <param name="report">Images done.</param>
    /// <param name="least">Boxes with a lower score are not told; null: the detector's options say.</param>
    /// <exception cref="UnreadableImageException">A file is damaged or no image.</exception>
    public static IReadOnlyList<IReadOnlyList<DetectedObject>> Find(Detector detector, IReadOnlyList<AnnotatedImage> images, Device device,
        Action<int>? report = null, double? least = null, CancellationToken cancel = default)
    {
        var found = new List<IReadOnlyList<DetectedObject>>();
        foreach (var part in images.Chunk(AtOnce))
        {
            cancel.ThrowIfCancellationRequested();
            report?.Invoke(found.Count);
            using var scope = TensorScope.Begin();
            Canvas[] canvases = [.. part.Select(image => new Canvas(image, detector.Input, CanvasView.Whole))];
            var seen = detector.Detect(CanvasBatch.Read(canvases, detector.Input, device), [.. canvases.Select(canvas => canvas.Extent)],
                least);
            found.AddRange(canvases.Zip(seen, (canvas, objects) =>
                (IReadOnlyList<DetectedObject>)[.. objects.Select(o => o with { Box = canvas.Back(o.Box) })]));
        }
        report?.Invoke(found.Count);
        return found;
    }

    /// <summary>An image without boxes.</summary>
    /// <exception cref="UnreadableImageException">The file is damaged or no image.</exception>
    public static AnnotatedImage Unknown(string file)
    {
        var header = ImageFile.Look(file);
        return new(file, header.Width, header.Height, []);
    }
}
