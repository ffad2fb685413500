using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>
/// The kernels of native/kernels: fused work for this processor, in Float32 and where it multiplies bf16 in that, too. Each has a plain
/// path above it that does the same with libtorch's own operators, on any device and in any precision; tests hold the two against each
/// other.
/// </summary>
/// <remarks>
/// They take Float32 tensors on the CPU, and what they need contiguous is made so. Everything else that does not fit (shapes, null,
/// memory at an odd address) is refused with a <see cref="TorchException"/> before anything is read.
/// </remarks>
public static unsafe partial class Kernels
{
    private static readonly Lazy<int> Paths = new(() => NativeKernels.Handle == 0 ? 0 : Checked());
    private static readonly Lazy<AmxState> AmxTried = new(AmxState.Try);
    [ThreadStatic] private static KernelPath? forced;

    /// <summary>Floats per vector of the f32 kernels in use, of which channels must be multiples; 0 where there are none.</summary>
    public static int Width => Best is { } path ? NativeKernels.foresee_kernels_width(path) : 0;

    /// <summary>
    /// Whether those that multiply are there for bf16, too: their factors rounded to it, their sums, results and all else f32.
    /// </summary>
    public static bool HasBFloat16 => forced is { } path ? IsBFloat16(path) : Has(KernelPath.BFloat16);

    /// <summary>Whether products in bf16 go by AMX's tiles here, and why or why not.</summary>
    public static AmxState Amx => AmxTried.Value;

    /// <summary>Of a convolution's kernel, that the encoder's kernels can take.</summary>
    public const int MaximumTaps = 64;

    /// <summary>For the log: what the work is done with.</summary>
    public static string Description => Best switch
    {
        KernelPath.Avx512 when HasBFloat16 => Amx.On ? "own kernels (AVX-512, bf16 by AMX)" : "own kernels (AVX-512, bf16)",
        KernelPath.Avx512 => "own kernels (AVX-512)",
        KernelPath.Avx2 => "own kernels (AVX2)",
        KernelPath.Plain => "own kernels (no vectors beyond 4 floats)",
        _ => "libtorch's operators (no AVX2, or own kernels not built)",
    };

    /// <summary>Whether the kernels can take tensors of this device, and sizes that must be multiples of a vector.</summary>
    public static bool Supports(Device device, params ReadOnlySpan<long> sizes) => Supports(device, Arithmetic.Float32, sizes);

    /// <param name="arithmetic">What is asked for.</param>
    public static bool Supports(Device device, Arithmetic arithmetic, params ReadOnlySpan<long> sizes)
    {
        if (arithmetic.Plain || device.Type != DeviceType.Cpu || Width == 0) return false;
        if (arithmetic.Type != DType.Float32 && !(arithmetic.Type == DType.BFloat16 && HasBFloat16)) return false;
        foreach (var size in sizes)
            if (size % Width != 0) return false;
        return true;
    }

    /// <summary>The best for f32; those for AVX-512 without AVX-512 would end the process.</summary>
    private static KernelPath? Best =>
        forced is { } path && !IsBFloat16(path) ? path
        : Has(KernelPath.Avx512) ? KernelPath.Avx512
        : Has(KernelPath.Avx2) ? KernelPath.Avx2
        : null;

    internal static bool Has(KernelPath path) =>
        ((path == KernelPath.Amx && Paths.Value != 0 ? NativeKernels.foresee_kernels_paths() : Paths.Value) >> (int)path & 1) != 0;

    private static bool IsBFloat16(KernelPath path) => path is KernelPath.BFloat16 or KernelPath.Amx;

    /// <summary>
    /// GFLOP/s of one thread in products with factors of this type, as the kernels make them; some milliseconds' measurement.
    /// </summary>
    /// <exception cref="NotSupportedException">There are no kernels of this type.</exception>
    public static double Rate(DType compute) => Rate(Path(compute));

    internal static double Rate(KernelPath path, double seconds = 0.004)
    {
        double gflops;
        Check(NativeKernels.foresee_kernels_rate(path, seconds, &gflops));
        return gflops;
    }

    /// <summary>This thread takes another path until the result is disposed; for tests, which hold one path against another.</summary>
    internal static IDisposable Force(KernelPath path) => new Forced(path);

    private sealed class Forced : IDisposable
    {
        private readonly KernelPath? before = forced;

        public Forced(KernelPath path) =>
            forced = Has(path) ? path : throw new NotSupportedException($"This processor does not have the path {path}.");

        public void Dispose() => forced = before;
    }

    private static int Checked()
    {
        var abi = NativeKernels.foresee_kernels_abi();
        return abi == NativeKernels.Abi
            ? NativeKernels.foresee_kernels_paths()
            : throw new TorchException($"The kernels have ABI {abi}, this program needs {NativeKernels.Abi}; build again (dotnet build).");
    }

    // ---- The patch encoder ----

    /// <param name="patches">[N, C, p, p]</param>
    /// <param name="weights">In PatchEncoder's order.</param>
    /// <param name="architecture">The stem's kernel, stride, padding; per block its kernel (0 for none), stride, 1 with a
    /// shortcut.</param>
    /// <param name="keep">Whether a backward pass will follow.</param>
    /// <returns>Features [N, D], and what the backward pass needs.</returns>
    public static (Tensor Features, Tensor? Kept) PatchEncoder(Tensor patches, Tensor[] weights, long[] architecture, DType compute,
        bool keep)
    {
        using var given = Encoder(patches, weights, architecture);
        var path = Path(compute);
        long size, kept;
        Check(NativeKernels.foresee_patch_encoder_sizes(path, given.Input, &size, &kept));
        var count = patches.Size(0);
        Tensor features = Tensor.Empty([count, size]), memory = Tensor.Empty([keep ? count * kept : 0]);
        NativeArray y = Of(features), between = Of(memory);
        Check(NativeKernels.foresee_patch_encoder_forward(path, Engine.Threads, given.Input, &y, keep ? &between : null));
        GC.KeepAlive(features);
        GC.KeepAlive(memory);
        return (features, keep ? memory : null);
    }

    /// <returns>The weights' gradients.</returns>
    public static Tensor[] PatchEncoderBackward(Tensor gradient, Tensor patches, Tensor kept, Tensor[] weights, long[] architecture,
        DType compute)
    {
        using var given = Encoder(patches, weights, architecture);
        using var results = new Arrays(Array.ConvertAll(weights, w => w.EmptyLike()));
        gradient = gradient.Contiguous();
        NativeArray g = Of(gradient), between = Of(kept);
        Check(NativeKernels.foresee_patch_encoder_backward(Path(compute), Engine.Threads, given.Input, &g, &between, results.Pointer));
        GC.KeepAlive(gradient);
        GC.KeepAlive(kept);
        return results.Tensors;
    }

    // ---- Contexts and predictions ----

    /// <param name="grid">[B, H, W, D]</param>
    /// <param name="weights">Per block of the context narrow, across, down, widen (weight and bias each); then the predictors'.</param>
    /// <param name="direction">0 down, 1 up, 2 right, 3 left</param>
    /// <param name="chunk">Images that stay together in the order of the predictions; divides B.</param>
    /// <returns>Per offset [B (H' - k) W', K], and what the backward pass needs.</returns>
    public static (Tensor[] Predictions, Tensor Kept) GridPredictions(Tensor grid, Tensor[] weights, int direction, long[] offsets,
        long chunk,
        double scale, DType compute)
    {
        using var given = Grid(grid, weights, direction, offsets, chunk, scale);
        var path = Path(compute);
        var rows = stackalloc long[offsets.Length];
        long size, kept;
        Check(NativeKernels.foresee_grid_predictions_sizes(path, given.Input, rows, &size, &kept));
        var results = new Tensor[offsets.Length];
        for (var o = 0; o < offsets.Length; o++) results[o] = Tensor.Empty([rows[o], size]);
        using var predictions = new Arrays(results);
        var memory = Tensor.Empty([kept]);
        var between = Of(memory);
        Check(NativeKernels.foresee_grid_predictions_forward(path, Engine.Threads, given.Input, predictions.Pointer, &between));
        GC.KeepAlive(memory);
        return (results, memory);
    }

    /// <returns>The grid's gradient, then the weights'.</returns>
    public static Tensor[] GridPredictionsBackward(Tensor[] gradients, Tensor grid, Tensor kept, Tensor[] weights, int direction,
        long[] offsets, long chunk, double scale, DType compute)
    {
        if (gradients.Length != offsets.Length)
            throw new ArgumentException($"{offsets.Length} offsets need as many gradients, got {gradients.Length}.");
        using var given = Grid(grid, weights, direction, offsets, chunk, scale);
        using var incoming = new Arrays(Array.ConvertAll(gradients, g => g.Contiguous()));
        using var results = new Arrays(Array.ConvertAll(weights, w => w.EmptyLike()));
        var dz = Tensor.Empty(grid.Shape);
        NativeArray between = Of(kept), z = Of(dz);
        Check(NativeKernels.foresee_grid_predictions_backward(Path(compute), Engine.Threads, given.Input, incoming.Pointer, &between, &z,
            results.Pointer));
        GC.KeepAlive(kept);
        GC.KeepAlive(dz);
        return [dz, .. results.Tensors];
    }

    // ---- InfoNCE ----

    /// <param name="predictions">[n, K]</param>
    /// <param name="targets">[m, K]</param>
    /// <param name="labels">[n] Int64: rows of the targets, each in its own group.</param>
    public static InfoNceKernelResult InfoNce(Tensor predictions, Tensor targets, Tensor labels, long groups, DType compute)
    {
        if (labels.DType != DType.Int64 || labels.Device.Type != DeviceType.Cpu || labels.Dimensions != 1)
            throw new TorchException($"Labels must be one row of Int64 on the CPU, got {labels}.");
        (predictions, targets, labels) = (predictions.Contiguous(), targets.Contiguous(), labels.Contiguous());
        Tensor dp = predictions.EmptyLike(), dt = targets.EmptyLike();
        NativeArray p = Of(predictions), t = Of(targets), pGradient = Of(dp), tGradient = Of(dt);
        double loss, correct;
        Check(NativeKernels.foresee_info_nce(Path(compute), Engine.Threads, &p, &t, (long*)labels.DataPointer, labels.Elements, groups,
            &loss,
            &correct, &pGradient, &tGradient));
        foreach (var tensor in new[] { predictions, targets, labels, dp, dt }) GC.KeepAlive(tensor);
        return new(loss, correct, dp, dt);
    }

    // ---- Adam ----

    /// <summary>
    /// m = β1 m + (1-β1) g, v = β2 v + (1-β2) g², θ -= rate · m / (sqrt v + ε), in place; the corrections are already in rate and ε.
    /// </summary>
    public static void Adam(Tensor[] parameters, Tensor[] gradients, Tensor[] first, Tensor[] second, double rate, double beta1,
        double beta2, double epsilon)
    {
        if (gradients.Length != parameters.Length || first.Length != parameters.Length || second.Length != parameters.Length)
            throw new ArgumentException($"{parameters.Length} parameters need as many gradients and moments.");
        using Arrays theta = new(parameters), m = new(first), v = new(second);
        using var g = new Arrays([.. gradients.Select((gradient, i) => Alike(gradient, parameters[i]))]);
        Check(NativeKernels.foresee_adam(Path(DType.Float32), Engine.Threads, parameters.Length, theta.Pointer, g.Pointer, m.Pointer,
            v.Pointer, rate, beta1, beta2, epsilon));
    }

    /// <summary>The gradient, laid out in memory as its parameter is.</summary>
    private static Tensor Alike(Tensor gradient, Tensor parameter)
    {
        NativeArray a = Of(gradient), b = Of(parameter);
        for (var d = 0; d < a.Dimensions; d++)
            if (a.Dimensions == b.Dimensions && a.Sizes[d] == b.Sizes[d] && a.Sizes[d] != 1 && a.Strides[d] != b.Strides[d])
                return parameter.EmptyLike().Copy_(gradient);
        return gradient;
    }

    // ---- Tensors as the kernels see them ----

    /// <summary>For work on maps of this type without products: without bf16 products it still takes maps in bf16.</summary>
    private static KernelPath MapPath(DType type) => Path(HasBFloat16 ? type : DType.Float32);

    private static KernelPath Path(DType compute) => compute switch
    {
        DType.BFloat16 when HasBFloat16 => forced ?? (Amx.On ? KernelPath.Amx : KernelPath.BFloat16),
        DType.Float32 when Best is { } path => path,
        _ => throw new NotSupportedException($"There are no kernels here that compute in {compute}; ask Supports first."),
    };

    private static void Check(int status)
    {
        if (status != (int)KernelStatus.Ok)
            throw new TorchException(Marshal.PtrToStringUTF8(NativeKernels.foresee_kernels_error()) ?? "unknown error");
    }

    private static NativeArray Of(Tensor tensor) => Of(tensor, DType.Float32);

    /// <summary>Valid while the tensor lives.</summary>
    private static NativeArray Of(Tensor tensor, DType type)
    {
        Native.Check(Native.foresee_tensor_describe(tensor, out var info));
        if ((DType)info.DType != type || (DeviceType)info.DeviceType != DeviceType.Cpu)
            throw new TorchException($"Kernels take {type} on the CPU here, got {tensor}.");
        if (info.Dimensions > NativeArray.MaximumDimensions)
            throw new TorchException($"Kernels take up to {NativeArray.MaximumDimensions} dimensions, got {tensor}.");
        var array = new NativeArray
        {
            Data = tensor.DataPointer,
            Dimensions = info.Dimensions,
            Type = type == DType.BFloat16 ? KernelType.BFloat16 : KernelType.Float32,
        };
        Native.Check(Native.foresee_tensor_shape(tensor, array.Sizes, array.Strides, NativeArray.MaximumDimensions));
        return array;
    }
}

/// <param name="Loss">In nats, the mean.</param>
/// <param name="Correct">Share of predictions whose target has the highest score; a tie of k counts 1/k.</param>
/// <param name="PredictionGradient">Of the loss: [n, K].</param>
/// <param name="TargetGradient">[m, K]</param>
public sealed record InfoNceKernelResult(double Loss, double Correct, Tensor PredictionGradient, Tensor TargetGradient);
