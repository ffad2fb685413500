using System.Runtime.InteropServices;

namespace Foresee.Torch.Interop;

/// <summary>
/// OpenBLAS has one set of products for each kind of processor and takes one when it is loaded. Processors younger than itself it may not
/// know; then it takes "Prescott", without AVX, and is 5 times slower (measured: OpenBLAS 0.3.21 on Emerald Rapids). The environment
/// variable OPENBLAS_CORETYPE names another one, and is read only then.
/// </summary>
internal static unsafe partial class OpenBlas
{
    public const string Setting = "OPENBLAS_CORETYPE";

    /// <summary>All that use AVX2; others don't.</summary>
    private static readonly HashSet<string> quick = ["Haswell", "Zen", "Excavator", "SkylakeX", "Cooperlake", "SapphireRapids"];

    /// <summary>The slow core that OpenBLAS took by itself; null where it chose well or was not asked.</summary>
    public static string? Replaced { get; private set; }

    /// <summary>The core to set instead of a slow one; null where OpenBLAS chose well, or where nothing better is known.</summary>
    /// <param name="core">In OpenBLAS' words.</param>
    public static string? Better(string? core, Processor processor) =>
        core is null || !processor.HasAvx2 || quick.Contains(core) ? null : processor.HasAvx512 ? "SkylakeX" : "Haswell";

    /// <summary>
    /// To be called before libtorch is loaded: loads its BLAS first and, where that is OpenBLAS with a slow core, sets a better one and
    /// loads it again. A setting of the user's is left alone. Whoever has loaded libtorch disposes the result.
    /// </summary>
    /// <param name="library">The name by which libtorch will load it.</param>
    public static IDisposable? Prepare(Processor processor, string library = "libblas.so.3")
    {
        if (Environment.GetEnvironmentVariable(Setting) is not null || !NativeLibrary.TryLoad(library, out var loaded)) return null;
        var core = Core(loaded);
        if (Better(core, processor) is not { } better) return new Loaded(loaded);
        Replaced = core;
        NativeLibrary.Free(loaded);
        setenv(Setting, better, overwrite: 1); // of the C library, which OpenBLAS asks; .NET's own copy stays as it is
        return NativeLibrary.TryLoad(library, out loaded) ? new Loaded(loaded) : null;
    }

    /// <summary>What the loaded OpenBLAS took; null where none is loaded.</summary>
    /// <param name="maps">The lines of /proc/self/maps.</param>
    public static string? CoreInUse(IEnumerable<string> maps)
    {
        var path = maps.Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var start ? line[start..] : "")
            .FirstOrDefault(path => Path.GetFileName(path).StartsWith("libopenblas", StringComparison.Ordinal));
        if (path is null || !NativeLibrary.TryLoad(path, out var loaded)) return null;
        using var held = new Loaded(loaded);
        return Core(loaded);
    }

    private static string? Core(nint library) => NativeLibrary.TryGetExport(library, "openblas_get_corename", out var address)
        ? Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)address)()) : null;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    private sealed class Loaded(nint library) : IDisposable
    {
        public void Dispose() => NativeLibrary.Free(library);
    }
}
