using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>L = mean over pairs (a, p) of one class of max(0, ‖z_a - z_p‖² - ‖z_a - z_n‖² + margin)</summary>
/// <remarks>
/// Schroff, Kalenichenko and Philbin 2015, eq. 3, with their semi-hard n: the nearest one of another class that is farther than p; where
/// there is none, the farthest of another class. The margin itself where all vectors are one.
/// </remarks>
public static class Triplet
{
    /// <param name="z">[V·B, d], rows of length 1: V views of B images, view by view.</param>
    /// <param name="views">V, at least 2.</param>
    public static Tensor SemiHard(Tensor z, int views, double margin)
    {
        var distances = Distances(z);                                                       // [n, n]
        var (anchors, positives) = Pairs((int)z.Size(0), views, z.Device);                  // [P]
        var rows = distances.IndexSelect(0, anchors);                                       // [P, n]
        var positive = rows.Gather(1, positives.Unsqueeze(1));                              // [P, 1]
        var negative = rows.Gather(1, Negatives(rows.Detach(), positive.Detach(), anchors, z.Size(0) / views));
        return (positive - negative + margin).Relu().Mean();
    }

    /// <summary>‖z_i - z_j‖² of rows of length 1, [n, n].</summary>
    private static Tensor Distances(Tensor z) => (z.MatMul(z.T()) * -2.0 + 2.0).Clamp(low: 0);

    /// <summary>The negative of each pair, Int64 [P, 1].</summary>
    private static Tensor Negatives(Tensor rows, Tensor positive, Tensor anchors, long images)
    {
        using var noGrad = Autograd.NoGrad();
        var all = Tensor.Arange(rows.Size(1), rows.Device);
        var same = Modulo(anchors, images).Unsqueeze(1).Equal(Modulo(all, images));         // [P, n]
        var beyond = Masked(Masked(rows, same, double.PositiveInfinity), Not(rows.Greater(positive)), double.PositiveInfinity);
        var nearest = (-beyond).ArgMax(1, keep: true);                                      // semi-hard
        var farthest = Masked(rows, same, double.NegativeInfinity).ArgMax(1, keep: true);
        var none = Not(beyond.Gather(1, nearest).IsFinite());
        return Tensor.Where(none, farthest, nearest);
    }

    /// <summary>All ordered pairs of two views of an image.</summary>
    private static (Tensor Anchors, Tensor Positives) Pairs(int count, int views, Device device)
    {
        var images = count / views;
        var pairs = (from a in Enumerable.Range(0, count)
                     from v in Enumerable.Range(0, views)
                     where v != a / images
                     select ((long)a, (long)v * images + a % images)).ToList();
        Tensor Of(IEnumerable<long> places) => Tensor.From(places.ToArray()).To(device);
        return (Of(pairs.Select(pair => pair.Item1)), Of(pairs.Select(pair => pair.Item2)));
    }

    /// <summary>How often the nearest other vector is a view of the same image; chance is (V-1) / (n-1).</summary>
    public static Tensor Correct(Tensor z, int views)
    {
        using var noGrad = Autograd.NoGrad();
        var (all, images) = (Tensor.Arange(z.Size(0), z.Device), z.Size(0) / views);
        var self = all.Unsqueeze(1).Equal(all);
        var nearest = (-Masked(Distances(z), self, double.PositiveInfinity)).ArgMax(1);
        return Modulo(nearest, images).Equal(Modulo(all, images)).To(DType.Float32).Mean();
    }

    private static Tensor Modulo(Tensor x, long divisor) => Tensor.Invoke("aten::remainder", "Scalar", x, divisor);

    private static Tensor Masked(Tensor x, Tensor mask, double value) => Tensor.Invoke("aten::masked_fill", "Scalar", x, mask, value);

    private static Tensor Not(Tensor x) => Tensor.Invoke("aten::logical_not", "", x);
}
