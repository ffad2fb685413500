using System.Runtime.Intrinsics.X86;

namespace Foresee.Torch.Interop;

/// <summary>
/// The operators of native/kernels: fused Float32 work for this processor. Each has a plain path above it that does the same with
/// libtorch's own operators, on any device and in any precision; tests hold the two against each other.
/// </summary>
public static class Kernels
{
    private const string Namespace = "foresee_kernels";
    private static readonly Lazy<int> Loaded = new(Load);

    [ThreadStatic]
    private static bool plain;

    /// <summary>Floats per vector of the library in use; 0 without one.</summary>
    public static int Width => Loaded.Value;

    /// <summary>For the log: what the work is done with.</summary>
    public static string Description => Width switch { 16 => "own kernels (AVX-512)", 8 => "own kernels (AVX2)", _ => "libtorch's operators (no AVX2, or own kernels not built)" };

    /// <summary>Whether the kernels can take tensors of this device, and sizes that must be multiples of a vector.</summary>
    public static bool Fit(Device device, params ReadOnlySpan<long> sizes)
    {
        if (plain || device.Type != DeviceType.Cpu || Width == 0) return false;
        foreach (var size in sizes)
            if (size % Width != 0) return false;
        return true;
    }

    public static Operator Find(string name) => Operator.Find($"{Namespace}::{name}");

    /// <summary>This thread takes the plain paths until the result is disposed.</summary>
    public static IDisposable Off() => new PlainPaths();

    private static int Load()
    {
        var wide = Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported; // all that the library is compiled for
        var (name, width) = wide ? ("avx512", 16) : Avx2.IsSupported && Fma.IsSupported ? ("avx2", 8) : ("", 0);
        var path = Path.Combine(AppContext.BaseDirectory, $"libforesee_kernels_{name}.so");
        if (width == 0 || !File.Exists(path)) return 0;
        Operator.LoadLibrary(path);
        return width;
    }

    private sealed class PlainPaths : IDisposable
    {
        private readonly bool before = plain;
        public PlainPaths() => plain = true;
        public void Dispose() => plain = before;
    }
}
