using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Encoders;

/// <summary>k-means by Lloyd's rounds: each point goes to its nearest centroid, each centroid to the mean of its points.</summary>
internal static class KMeans
{
    private const double Least = 1e-12; // of a length
    private const int Block = 4096; // points whose distances are computed at once

    /// <param name="points">f32 [N, S] on the CPU; the same on all ranks, each of which assigns a part of them.</param>
    /// <param name="rounds">0: random points.</param>
    /// <param name="spherical">Whether centroids are brought to length 1, for points of that length.</param>
    /// <returns>[K, S]; a centroid that lost all its points begins again at a random one.</returns>
    public static Tensor Fit(Tensor points, int count, int rounds, Generator generator, Calibration? work = null, bool spherical = false)
    {
        work ??= new();
        using var scope = TensorScope.Begin();
        var (own, group) = (Own(points, work.Group), work.Group);
        var centroids = points.IndexSelect(0, Random(points.Size(0), count, generator)).Clone();
        group?.Broadcast(centroids);
        for (var round = 1; round <= rounds; round++)
        {
            work.ThrowIfStopped();
            using var inner = TensorScope.Begin();
            var (nearest, error) = Nearest(own, centroids, group is null ? work.Cancel : default);
            var sums = Tensor.Zeros([count, points.Size(1)]);
            sums.IndexAdd_(0, nearest, own);
            var sizes = Tensor.Zeros([count]);
            sizes.IndexAdd_(0, nearest, Tensor.Ones([own.Size(0)]));
            if (group is not null)
            {
                var squares = Tensor.From<double>([error * own.Size(0)]);
                foreach (var total in new[] { sums, sizes, squares }) group.Sum(total);
                error = squares.ToDouble() / points.Size(0);
            }
            work.Doing?.Invoke(FormattableString.Invariant($"k-means, round {round} of {rounds}, mean squared distance {error:0.000}"));
            centroids.Copy_(sums / sizes.Clamp(low: 1.0).View(-1, 1));
            if (spherical) centroids.Div_(centroids.Square().Sum(1, keep: true).Sqrt().Clamp(low: Least));
            long[] empty = [.. sizes.ToArray<float>().Index().Where(size => size.Item == 0).Select(size => (long)size.Index)];
            if (empty.Length > 0)
                centroids.IndexCopy_(0, Tensor.From(empty), points.IndexSelect(0, Random(points.Size(0), empty.Length, generator)));
            group?.Broadcast(centroids);
        }
        return scope.Keep(centroids);
    }

    /// <summary>The points that a rank assigns, of R equal parts.</summary>
    private static Tensor Own(Tensor points, ProcessGroup? group)
    {
        if (group is null) return points;
        var (from, to) = (group.Rank * points.Size(0) / group.Ranks, (group.Rank + 1) * points.Size(0) / group.Ranks);
        return points.Narrow(0, from, to - from);
    }

    private static Tensor Random(long of, int count, Generator generator) => Tensor.RandPerm(of, generator).Narrow(0, 0, count);

    /// <summary>The nearest centroid of each point, and the mean squared distance to it.</summary>
    internal static (Tensor Nearest, double Error) Nearest(Tensor points, Tensor centroids, CancellationToken cancel = default)
    {
        var (half, turned) = (centroids.Square().Sum(1) / 2, centroids.Transpose(0, 1));
        var blocks = (int)((points.Size(0) + Block - 1) / Block);
        var (nearest, sums) = (new Tensor[blocks], new double[blocks]);
        Engine.ParallelJobs(blocks, block =>
        {
            using var scope = TensorScope.Begin();
            using var noGrad = Autograd.NoGrad(); // of this thread
            var part = points.Narrow(0, (long)block * Block, Math.Min(Block, points.Size(0) - (long)block * Block));
            var score = part.MatMul(turned) - half;                                        // [b, K]: (‖x‖² - ‖x - c‖²) / 2
            var (best, place) = score.MaxWithPlace(1);
            sums[block] = (part.Square().Sum(1) - 2 * best).Sum().ToDouble();
            nearest[block] = TensorScope.Detach(place);
        }, cancel);
        var all = Tensor.Cat(nearest);
        foreach (var part in nearest) part.Dispose();
        return (all, sums.Sum() / points.Size(0));
    }
}
