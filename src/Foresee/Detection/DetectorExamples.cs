using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>
/// The images that a step learns from, in an order and with changes that hang on seed and step alone, so that a training that was stopped
/// goes on as it would have.
/// </summary>
internal sealed class DetectorExamples(AnnotatedImages images, IReadOnlyList<string> classes, DetectorTrainingOptions options,
    InputFormat input, Device device)
{
    private const int Fineness = 1 << 30;
    private (long Epoch, int[] Order) order = (-1, []);

    public sealed record Batch(Tensor Images, IReadOnlyList<DetectionTarget> Targets, SeededOrder Random);

    /// <param name="step">From 0.</param>
    public Batch At(long step)
    {
        var canvases = new Canvas[options.BatchSize];
        for (var i = 0; i < canvases.Length; i++)
        {
            var place = step * options.BatchSize + i;
            canvases[i] = new(Image(place), input, View(new SeededOrder((ulong)options.Seed, (ulong)place)));
        }
        return new(CanvasBatch.Read(canvases, input, device), [.. canvases.Select(canvas => canvas.Target(classes))],
            new SeededOrder((ulong)~options.Seed, (ulong)step));
    }

    private AnnotatedImage Image(long place)
    {
        var count = images.Images.Count;
        if (order.Epoch != place / count)
            order = (place / count, new SeededOrder((ulong)options.Seed, (ulong)(place / count)).Permutation(count));
        return images.Images[order.Order[place % count]];
    }

    private CanvasView View(SeededOrder random)
    {
        double Share() => (double)random.Below(Fineness) / Fineness;
        bool Half() => random.Below(2) == 1;
        var zoom = options.ZoomFrom + (options.ZoomTo - options.ZoomFrom) * Share();
        return new(zoom, Share(), Share(), Half() && options.Mirror != DetectorMirror.None,
            Half() && options.Mirror == DetectorMirror.Both);
    }
}
