using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>
/// The multiplications that a training step of CPC v2 can't do without: those of convolutions, projections and scores, where no factor is a
/// padding zero and the result reaches the loss. Held against the rate of a plain matrix multiplication, they tell how much can be gained.
/// </summary>
internal static class TrainingArithmetic
{
    /// <summary>
    /// Multiply-adds per image, forward and backward: each product comes back twice, for its input and its weight; the pixels need no
    /// gradient.
    /// </summary>
    public static double PerImage(InputFormat input, CpcV2Options method, int batchSize)
    {
        var stem = method.Encoder.Grid(input).Positions * Stem(input, method);
        return 3 * (stem + method.Encoder.Grid(input).Positions * Blocks(input, method) + Contexts(input, method, batchSize)) - stem;
    }

    private static int Stemmed(InputFormat input, CpcV2Options method) =>
        (method.Encoder.Grid(input).Patch
            + 2 * method.Encoder.Network.StemPadding - method.Encoder.Network.StemKernel) / method.Encoder.Network.StemStride + 1;

    private static double Stem(InputFormat input, CpcV2Options method)
    {
        var encoder = method.Encoder.Network;
        var taps = Taps(method.Encoder.Grid(input).Patch, encoder.StemKernel, encoder.StemStride, encoder.StemPadding);
        return (double)taps * taps * encoder.Channels * encoder.Stem;
    }

    private static double Blocks(InputFormat input, CpcV2Options method)
    {
        var (sum, side, width) = (0.0, Stemmed(input, method), method.Encoder.Network.Stem);
        if (method.Encoder.Network.StemPool > 1 || method.Encoder.Network.Blocks.Any(block => block.Kind != BlockKind.Bottleneck))
            throw new NotSupportedException("Only bottlenecks without pooling are counted.");
        foreach (var block in method.Encoder.Network.Blocks)
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
    private static double Contexts(InputFormat input, CpcV2Options method, int batchSize)
    {
        var grid = method.Encoder.Grid(input);
        double middle = method.ContextBottleneckWidth, features = method.Encoder.Network.Features, target = method.TargetSize;
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
