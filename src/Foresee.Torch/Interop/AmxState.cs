using System.Globalization;

namespace Foresee.Torch.Interop;

/// <summary>
/// Whether bf16 products go by AMX's tiles, Intel's from Sapphire Rapids on. Off unless the environment has FORESEE_AMX=1: so far only an
/// emulation of the tiles has been tested, never a processor that has them.
/// </summary>
/// <param name="Reason">Why or why not, for a reader.</param>
/// <param name="Fault">Whether it was wanted and can't be, so that a user should be told.</param>
public sealed record AmxState(bool On, string Reason, bool Fault = false)
{
    public const string Variable = "FORESEE_AMX";

    /// <summary>Results of the tiles and of the dot product differ by the order of sums and what roundings make of it.</summary>
    internal const double Tolerance = 0.01;

    /// <summary>At first use: asks for the tiles, compares them with the dot product on random numbers, and keeps the faster.</summary>
    internal static AmxState Try()
    {
        var there = Processor.This.HasAmxBFloat16;
        if (Environment.GetEnvironmentVariable(Variable) != "1")
            return new(false, there ? $"the processor has it, but it is untested; {Variable}=1 turns it on"
                : "the processor does not have it");
        if (NativeKernels.Handle == 0 || NativeKernels.foresee_kernels_amx(AmxMode.On) == 0)
            return new(false, $"{Variable}=1, but {(there ? "Linux did not permit it, or the kernels were built without it" :
                "the processor does not have it")}", Fault: true);
        var difference = Difference();
        if (!(difference < Tolerance)) return Off($"its results differ by {Text(difference)} from those of the dot product", fault: true);
        double tiles = Kernels.Rate(KernelPath.Amx), dot = Kernels.Rate(KernelPath.BFloat16);
        return tiles > dot ? new(true, $"{Variable}=1, results as those of the dot product, {Text(tiles / dot)} times as fast")
            : Off($"{Text(tiles / dot)} times as fast as the dot product, which is used", fault: false);
    }

    private static AmxState Off(string reason, bool fault)
    {
        NativeKernels.foresee_kernels_amx(AmxMode.Off);
        return new(false, $"{Variable}=1, but {reason}", fault);
    }

    private static string Text(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>
    /// |tiles - dot product| / |dot product| over all that an encoder, a context with its predictions and InfoNCE give for random numbers,
    /// the largest of the three.
    /// </summary>
    internal static double Difference()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor Draw(params long[] shape) => Tensor.RandN(shape, generator) * 0.1;
        Tensor[] encoder = [Draw(32, 3, 3, 3), Draw(32), Draw(32), Draw(48, 32, 1, 1), Draw(48), Draw(48), Draw(48, 48, 3, 3), Draw(48),
            Draw(48),
            Draw(80, 48, 1, 1), Draw(80, 32, 1, 1), Draw(80), Draw(80)];
        Tensor[] context = [Draw(32, 80, 1, 1), Draw(32), Draw(32, 32, 1, 3), Draw(32), Draw(32, 32, 2, 1), Draw(32), Draw(80, 32, 1, 1),
            Draw(80),
            Draw(48, 80), Draw(48)];
        long[] architecture = [3, 1, 1, 3, 2, 1];
        Tensor patches = Draw(45, 3, 8, 8), features = Draw(45, 80), grid = Draw(6, 5, 5, 80), gradient = Draw(90, 48);
        Tensor predictions = Draw(70, 48) * 10, targets = Draw(50, 48) * 10, labels = Tensor.Arange(70).Clamp(0L, 49);

        Tensor[] Run(KernelPath path)
        {
            using var forced = Kernels.Force(path);
            var (y, kept) = Kernels.PatchEncoder(patches, encoder, architecture, DType.BFloat16, keep: true);
            var (p, between) = Kernels.GridPredictions(grid, context, 0, [2], 3, 1, DType.BFloat16);
            var nce = Kernels.InfoNce(predictions, targets, labels, 1, DType.BFloat16);
            return
            [
                Tensor.Cat([y.Flatten(), .. Kernels.PatchEncoderBackward(features, patches, kept!, encoder, architecture, DType.BFloat16)
                    .Select(g => g.Flatten())]),
                Tensor.Cat([p[0].Flatten(), .. Kernels.GridPredictionsBackward([gradient], grid, between, context, 0, [2], 3, 1,
                    DType.BFloat16)
                    .Select(g => g.Flatten())]),
                Tensor.Cat([Tensor.Full([1], nce.Loss), nce.PredictionGradient.Flatten(), nce.TargetGradient.Flatten()]),
            ];
        }

        return Run(KernelPath.BFloat16).Zip(Run(KernelPath.Amx), (dot, tiles) =>
            Math.Sqrt((dot - tiles).Square().Sum().ToDouble() / dot.Square().Sum().ToDouble())).Max();
    }
}
