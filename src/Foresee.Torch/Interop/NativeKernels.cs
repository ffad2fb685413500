using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>The functions of native/kernels/kernels.h, one to one.</summary>
internal static unsafe partial class NativeKernels
{
    internal const string Library = "foresee_kernels";

    /// <summary>Must equal FORESEE_KERNELS_ABI of the kernels.h this was written for.</summary>
    internal const int Abi = 3;

    /// <summary>The library; 0 where there is none.</summary>
    internal static nint Handle { get; } = Open();

    private static nint Open()
    {
        RuntimeHelpers.RunClassConstructor(typeof(Native).TypeHandle); // tells .NET where libraries are, and loads libtorch first
        var places = NativeFile.Places(Library).Prepend(Environment.GetEnvironmentVariable("FORESEE_KERNELS") ?? "");
        return places.Where(File.Exists).Select(NativeLibrary.Load).FirstOrDefault();
    }

    [LibraryImport(Library)] internal static partial int foresee_kernels_abi();
    [LibraryImport(Library)] internal static partial nint foresee_kernels_error();
    [LibraryImport(Library)] internal static partial int foresee_kernels_paths();
    [LibraryImport(Library)] internal static partial int foresee_kernels_amx(AmxMode mode);
    [LibraryImport(Library)] internal static partial int foresee_kernels_rate(KernelPath path, double seconds, double* gflops);
    [LibraryImport(Library)] internal static partial int foresee_kernels_width(KernelPath path);

    [LibraryImport(Library)]
    internal static partial int foresee_patch_encoder_sizes(KernelPath path, NativePatchEncoder* encoder, long* features, long* kept);
    [LibraryImport(Library)]
    internal static partial int foresee_patch_encoder_forward(KernelPath path, int threads, NativePatchEncoder* encoder,
        NativeArray* features, NativeArray* kept);
    [LibraryImport(Library)]
    internal static partial int foresee_patch_encoder_backward(KernelPath path, int threads, NativePatchEncoder* encoder,
        NativeArray* gradient, NativeArray* kept, NativeArray* weightGradients);

    [LibraryImport(Library)]
    internal static partial int foresee_grid_predictions_sizes(KernelPath path, NativeGridPredictions* input, long* rows, long* size,
        long* kept);
    [LibraryImport(Library)]
    internal static partial int foresee_grid_predictions_forward(KernelPath path, int threads, NativeGridPredictions* input,
        NativeArray* predictions, NativeArray* kept);
    [LibraryImport(Library)]
    internal static partial int foresee_grid_predictions_backward(KernelPath path, int threads, NativeGridPredictions* input,
        NativeArray* gradients, NativeArray* kept, NativeArray* gridGradient, NativeArray* weightGradients);

    [LibraryImport(Library)]
    internal static partial int foresee_info_nce(KernelPath path, int threads, NativeArray* predictions, NativeArray* targets, long* labels,
        long labelCount, long groups, double* loss, double* correct, NativeArray* predictionGradients, NativeArray* targetGradients);

    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_train(KernelPath path, int threads, NativeBatchNorm* norm, double momentum,
        double epsilon, NativeArray* runningMean, NativeArray* runningVariance, NativeArray* y, NativeArray* mean, NativeArray* scale);
    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_infer(KernelPath path, int threads, NativeBatchNorm* norm, double epsilon,
        NativeArray* mean, NativeArray* variance, NativeArray* y);
    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_backward(KernelPath path, int threads, NativeBatchNorm* norm, NativeArray* mean,
        NativeArray* scale, NativeArray* y, NativeArray* gradient, NativeArray* dx, NativeArray* dresidual, NativeArray* dweight,
        NativeArray* dbias);

    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_moments(KernelPath path, int threads, NativeBatchNorm* norm, double* moments);
    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_apply(KernelPath path, int threads, NativeBatchNorm* norm, NativeArray* mean,
        NativeArray* scale, NativeArray* y);
    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_gradient_sums(KernelPath path, int threads, NativeBatchNorm* norm, NativeArray* mean,
        NativeArray* scale, NativeArray* y, NativeArray* gradient, NativeArray* dresidual, double* sums);
    [LibraryImport(Library)]
    internal static partial int foresee_batch_norm_input_gradient(KernelPath path, int threads, NativeBatchNorm* norm, NativeArray* mean,
        NativeArray* scale, NativeArray* gradient, NativeArray* dresidual, double* sums, long count, NativeArray* dx);

    [LibraryImport(Library)]
    internal static partial int foresee_adam(KernelPath path, int threads, int count, NativeArray* parameters, NativeArray* gradients,
        NativeArray* first, NativeArray* second, double rate, double beta1, double beta2, double epsilon);
}

/// <summary>foresee_path</summary>
internal enum KernelPath
{
    Plain, Avx2, Avx512, BFloat16, Amx,
}

/// <summary>foresee_amx</summary>
internal enum AmxMode
{
    Off, On, Emulated,
}

/// <summary>foresee_status</summary>
internal enum KernelStatus
{
    Ok, Refused, NoMemory, NoPath, Failed,
}

/// <summary>foresee_type</summary>
internal enum KernelType
{
    Float32, BFloat16,
}

/// <summary>foresee_array</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeArray
{
    internal const int MaximumDimensions = 4;
    public nint Data;
    public fixed long Sizes[MaximumDimensions], Strides[MaximumDimensions];
    public int Dimensions;
    public KernelType Type;
}

/// <summary>foresee_patch_encoder</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePatchEncoder
{
    public NativeArray* Patches, Weights;
    public long* Architecture;
    public int WeightCount, ArchitectureCount;
}

/// <summary>foresee_grid_predictions</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeGridPredictions
{
    public NativeArray* Grid, Weights;
    public long* Offsets;
    public long Chunk;
    public double Scale;
    public int Direction, WeightCount, OffsetCount;
}

/// <summary>foresee_batch_norm</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeBatchNorm
{
    public NativeArray* X, Weight, Bias, Residual;
    public long Pool;
    public int Rectified;
}
