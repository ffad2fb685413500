using System.Diagnostics;
using Foresee.Contexts;
using Foresee.Encoders;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>
/// The multiplications that a training step of CPC v2 can't do without: those of convolutions, projections and scores, where no factor is a
/// padding zero and the result reaches the loss. Held against the rate of a plain matrix multiplication, they tell how much can be gained.
/// </summary>
internal static class TrainingArithmetic
{
    /// <summary>
    /// Multiply-adds per image, forward and backward: each product comes back twice, for its input and its weight; the pixels need no gradient.
    /// </summary>
    public static double PerImage(CpcV2Options method, int batchSize)
    {
        var stem = method.Grid.Positions * Stem(method);
        return 3 * (stem + method.Grid.Positions * Blocks(method) + Contexts(method, batchSize)) - stem;
    }

    private static int Stemmed(CpcV2Options method) =>
        (method.Grid.Patch + 2 * method.Encoder.StemPadding - method.Encoder.StemKernel) / method.Encoder.StemStride + 1;

    private static double Stem(CpcV2Options method)
    {
        var encoder = method.Encoder;
        var taps = Taps(method.Grid.Patch, encoder.StemKernel, encoder.StemStride, encoder.StemPadding);
        return (double)taps * taps * encoder.Channels * encoder.Stem;
    }

    private static double Blocks(CpcV2Options method)
    {
        var (sum, side, width) = (0.0, Stemmed(method), method.Encoder.Stem);
        if (method.Encoder.StemPool > 1 || method.Encoder.Blocks.Any(block => block.Kind != BlockKind.Bottleneck))
            throw new NotSupportedException("Only bottlenecks without pooling are counted.");
        foreach (var block in method.Encoder.Blocks)
        {
            var next = (side - 1) / block.Stride + 1;
            var taps = block.Kernel == 0 ? 0 : Taps(side, block.Kernel, block.Stride, block.Kernel / 2);
            double before = side * side, after = next * next, middle = block.BottleneckWidth;
            sum += before * width * middle + (double)taps * taps * middle * middle + after * middle * block.Width;
            if (block.ChangesShape(width)) sum += after * width * block.Width;
            (side, width) = (next, block.Width);
        }
        return sum;
    }

    /// <summary>Contexts, predictions, targets and scores.</summary>
    private static double Contexts(CpcV2Options method, int batchSize)
    {
        var grid = method.Grid;
        double middle = method.ContextBottleneckWidth, features = method.Encoder.Features, target = method.TargetSize;
        var candidates = (double)grid.Positions * (method.CandidateImages > 0 ? method.CandidateImages : batchSize);
        var sum = grid.Positions * features * target;
        foreach (var direction in method.Directions)
        {
            var (lines, across) = direction is Direction.Down or Direction.Up ? (grid.Rows, grid.Columns) : (grid.Columns, grid.Rows);
            var rows = lines - method.Offsets.Min(); // those below predict nothing
            sum += method.ContextDepth * (2.0 * rows * across * features * middle      // 1x1 in and out
                + (double)rows * Taps(across, 3, 1, 1) * middle * middle               // 1x3
                + (2.0 * rows - 1) * across * middle * middle);                         // 2x1, a zero row above
            foreach (var offset in method.Offsets) sum += (double)(lines - offset) * across * target * (features + candidates);
        }
        return sum;
    }

    /// <summary>Pairs of a result and a tap within the map, along one axis.</summary>
    private static int Taps(int side, int kernel, int stride, int padding) =>
        Enumerable.Range(0, (side + 2 * padding - kernel) / stride + 1)
            .Sum(place => Enumerable.Range(place * stride - padding, kernel).Count(at => at >= 0 && at < side));

    /// <summary>Multiply-adds a second of 1024 x 1024 matrices with all threads, the best of many.</summary>
    public static double MatrixRate(DType type)
    {
        const int Side = 1024, Times = 20;
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(0);
        Tensor a = Tensor.RandN([Side, Side], generator).To(type), b = Tensor.RandN([Side, Side], generator).To(type);
        var best = double.MaxValue;
        for (var i = 0; i < Times; i++)
        {
            var clock = Stopwatch.StartNew();
            a.MatMul(b).Dispose();
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return (double)Side * Side * Side / best;
    }
}
