using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Whether classes differ in how things lie in their images, as arrows up and arrows down or stripes along and across do, although all
/// images together have no upside: then a turned image would show another class. Four numbers of an image tell how it lies: how much
/// brighter it is above than below, how much brighter to the left, how much stronger its edges are across than along, and along the one
/// diagonal than along the other. A turn by half or by a quarter changes the sign of each, so where turns change nothing else the mean of
/// each class is 0. Classes differ where these means lie further from 0 than those of signs at random, and tell a tenth of all squares or
/// more (ε², Kelley 1935). How much a class varies does not count.
/// </summary>
internal static class Orientation
{
    private const int Images = 2000, Turnings = 999, LeastTurned = 8; // fewer images have too few signs
    private const double LeastShare = 0.1, CertainShare = 0.8, Chance = 0.01;

    /// <param name="images">uint8 [n, C, H, W]</param>
    /// <param name="labels">One per image, 0 to classes - 1.</param>
    public static bool TellsClasses(Tensor images, int[] labels, int classes)
    {
        int[] places = EvenSample.Of(labels.Length, Images);
        var some = Array.ConvertAll(places, place => labels[place]);
        using var scope = TensorScope.Begin();
        var pixels = images.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place)));
        return Lie(pixels).Any(values => Differ(values, some, classes));
    }

    /// <returns>[n] of each of the four; of images without two rows and columns nothing.</returns>
    private static double[][] Lie(Tensor images)
    {
        var grey = images.To(DType.Float32).Mean(1);                                      // [n, H, W]
        var (height, width) = (grey.Size(1), grey.Size(2));
        if (height < 2 || width < 2) return [];
        Tensor Part(long top, long left, long rows, long columns) => grey.Narrow(1, top, rows).Narrow(2, left, columns);
        Tensor Stronger(Tensor one, Tensor other)
        {
            Tensor Energy(Tensor edges) => (edges.Square().Mean([1, 2]) + 1e-3).Log();
            return Energy(one) - Energy(other);
        }
        var (half, side) = (height / 2, width / 2);
        Tensor[] lie =
        [
            Part(0, 0, half, width).Mean([1, 2]) - Part(height - half, 0, half, width).Mean([1, 2]),
            Part(0, 0, height, side).Mean([1, 2]) - Part(0, width - side, height, side).Mean([1, 2]),
            Stronger(Part(1, 0, height - 1, width) - Part(0, 0, height - 1, width),
                Part(0, 1, height, width - 1) - Part(0, 0, height, width - 1)),
            Stronger(Part(1, 1, height - 1, width - 1) - Part(0, 0, height - 1, width - 1),
                Part(1, 0, height - 1, width - 1) - Part(0, 1, height - 1, width - 1)),
        ];
        return Array.ConvertAll(lie, values => values.ToArray<double>());
    }

    private static bool Differ(double[] values, int[] labels, int classes)
    {
        var total = values.Sum(value => value * value);                                   // turned any way the mean of each is 0
        var counts = new int[classes];
        foreach (var label in labels) counts[label]++;
        var (present, n) = (counts.Count(count => count > 0), values.Length);
        if (present < 2 || n <= present || total == 0) return false;
        var between = Between(values, labels, counts);
        var within = (total - between) / (n - present);                                   // of one image
        var share = (between - present * within) / total;
        if (n < LeastTurned) return share > CertainShare;
        if (share < LeastShare) return false;
        var random = new SeededOrder(0);
        var asMuch = 1;
        for (var i = 0; i < Turnings; i++)
        {
            var turned = Array.ConvertAll(values, value => random.Next() % 2 == 0 ? value : -value);
            if (Between(turned, labels, counts) >= between) asMuch++;
        }
        return asMuch <= Chance * (Turnings + 1);
    }

    /// <summary>The sum of squares of the classes' means, each as often as it has images.</summary>
    private static double Between(double[] values, int[] labels, int[] counts)
    {
        var sums = new double[counts.Length];
        for (var i = 0; i < values.Length; i++) sums[labels[i]] += values[i];
        var between = 0.0;
        for (var c = 0; c < sums.Length; c++)
            if (counts[c] > 0) between += sums[c] * sums[c] / counts[c];
        return between;
    }
}
