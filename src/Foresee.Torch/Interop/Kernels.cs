using System.Collections.Concurrent;
using System.Runtime.Intrinsics.X86;

namespace Foresee.Torch.Interop;

/// <summary>
/// The operators of native/kernels: fused work for this processor, in Float32 and where it multiplies bf16 in that, too. Each has a plain
/// path above it that does the same with
/// libtorch's own operators, on any device and in any precision; tests hold the two against each other.
/// </summary>
public static class Kernels
{
    private const string Namespace = "foresee_kernels";
    private static readonly Lazy<int> Loaded = new(Load);
    private static readonly Lazy<bool> LoadedBFloat16 = new(LoadBFloat16);
    private static readonly ConcurrentDictionary<(string Name, DType Compute), Operator> Found = [];

    /// <summary>Floats per vector of the library in use; 0 without one.</summary>
    public static int Width => Loaded.Value;

    /// <summary>
    /// Whether those that multiply are there for bf16, too: their factors rounded to it, their sums, results and all else f32.
    /// </summary>
    public static bool HasBFloat16 => LoadedBFloat16.Value;

    /// <summary>For the log: what the work is done with.</summary>
    public static string Description => Width switch
    {
        16 => HasBFloat16 ? "own kernels (AVX-512, bf16)" : "own kernels (AVX-512)",
        8 =>
        "own kernels (AVX2)",
        _ => "libtorch's operators (no AVX2, or own kernels not built)"
    };

    /// <summary>Whether the kernels can take tensors of this device, and sizes that must be multiples of a vector.</summary>
    public static bool Supports(Device device, params ReadOnlySpan<long> sizes) => Supports(device, Arithmetic.Float32, sizes);

    /// <param name="arithmetic">What is asked for.</param>
    public static bool Supports(Device device, Arithmetic arithmetic, params ReadOnlySpan<long> sizes)
    {
        var compute = arithmetic.Type;
        if (arithmetic.Plain || device.Type != DeviceType.Cpu || Width == 0) return false;
        if (compute != DType.Float32 && !(compute == DType.BFloat16 && HasBFloat16)) return false;
        foreach (var size in sizes)
            if (size % Width != 0) return false;
        return true;
    }

    /// <param name="compute">As it was asked of <see cref="Supports(Device, Arithmetic, ReadOnlySpan{long})"/>.</param>
    public static Operator Find(string name, DType compute = DType.Float32) =>
        Found.GetOrAdd((name, compute), key => Operator.Find($"{Namespace}{(key.Compute == DType.BFloat16 ? "_bf16" : "")}::{key.Name}"));

    private static int Load()
    {
        var wide = Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported; // all that the library is compiled for
        var (name, width) = wide ? ("avx512", 16) : Avx2.IsSupported && Fma.IsSupported ? ("avx2", 8) : ("", 0);
        return width > 0 && Open(name) ? width : 0;
    }

    private static bool LoadBFloat16() => Width == 16 && Processor.This.HasAvx512BFloat16 && Open("bf16");

    private static bool Open(string name)
    {
        var path = Path.Combine(AppContext.BaseDirectory, $"libforesee_kernels_{name}.so");
        if (!File.Exists(path)) return false;
        Operator.LoadLibrary(path);
        return true;
    }
}
