using Foresee.Torch;

namespace Foresee.Studies.Affinity;

/// <summary>What is asked of features. All but the class is in the pixels, so that any labelled images do.</summary>
public enum DownstreamTask
{
    Class,
    /// <summary>By how many quarters the image was turned, 4 classes.</summary>
    Rotation,
    /// <summary>Mean light, 4 classes of as many training images.</summary>
    Brightness,
    /// <summary>Mean difference of neighbours, likewise.</summary>
    Edges,
    /// <summary>Which quarter of the image is lightest, 4 classes.</summary>
    LightestQuarter,
}

/// <summary>The right answers to <see cref="DownstreamTask"/> about pixels.</summary>
internal static class DownstreamLabels
{
    public const int Parts = 4; // classes of each task but the first

    /// <param name="images">uint8 [N, C, h, w]</param>
    /// <param name="train">Images whose quartiles make the classes; null for these themselves.</param>
    public static int[] Of(DownstreamTask task, Tensor images, Tensor? train = null)
    {
        using var scope = TensorScope.Begin();
        if (task == DownstreamTask.LightestQuarter)
            return Light(images).AdaptiveAvgPool2d(2, 2).Flatten(1).ArgMax(1).ToArray<int>();
        var values = Values(task, images);
        double[] sorted = [.. (train is null ? values : Values(task, train)).Order()];
        double[] borders = [.. Enumerable.Range(1, Parts - 1).Select(part => sorted[part * sorted.Length / Parts])];
        return [.. values.Select(value => borders.Count(border => value >= border))];
    }

    private static double[] Values(DownstreamTask task, Tensor images)
    {
        var light = Light(images);                                                     // [N, 1, h, w]
        var (h, w) = (light.Size(2), light.Size(3));
        return task switch
        {
            DownstreamTask.Brightness => light.Mean([1, 2, 3]).ToArray<double>(),
            DownstreamTask.Edges => ((light.Narrow(2, 1, h - 1) - light.Narrow(2, 0, h - 1)).Abs().Mean([1, 2, 3])
                + (light.Narrow(3, 1, w - 1) - light.Narrow(3, 0, w - 1)).Abs().Mean([1, 2, 3])).ToArray<double>(),
            _ => throw new ArgumentException($"The answers to {task} are not in the pixels."),
        };
    }

    private static Tensor Light(Tensor images) => images.To(DType.Float32).Mean(1, keep: true) / 255;

    /// <summary>Image i turned by i mod 4 quarters: what <see cref="DownstreamTask.Rotation"/> asks about.</summary>
    public static Tensor Turned(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var turned = images.Clone();
        for (var i = 0; i < images.Size(0); i++)
        {
            if (i % Parts == 0) continue;
            var image = images.Narrow(0, i, 1);
            turned.Narrow(0, i, 1).Copy_(Tensor.Invoke("aten::rot90", "", image, i % Parts, new long[] { 2, 3 }));
        }
        return scope.Keep(turned);
    }
}
