using System.Text.RegularExpressions;

namespace Foresee.Cli;

/// <summary>Which files the loader really mapped into this process; links and search paths can mislead, this can't.</summary>
internal sealed partial class LoadedLibraries(IReadOnlyList<string> paths)
{
    public static LoadedLibraries OfProcess() => Parse(File.ReadLines("/proc/self/maps"));

    /// <summary>The files of a /proc/*/maps.</summary>
    public static LoadedLibraries Parse(IEnumerable<string> maps) => new([.. maps
        .Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var start ? line[start..] : "")
        .Where(path => path.Contains(".so", StringComparison.Ordinal))
        .Distinct()]);

    public string? Torch => paths.FirstOrDefault(path => Path.GetFileName(path).StartsWith("libtorch_cpu.so", StringComparison.Ordinal));

    /// <param name="configuration">libtorch's own words; a downloaded libtorch has its BLAS inside.</param>
    public Blas Blas(string configuration)
    {
        if (Find(OpenBlas()) is { } openBlas) return new("OpenBLAS", openBlas, BlasSpeed.Fast);
        if (Find(Mkl()) is { } mkl) return new("MKL", mkl, BlasSpeed.Fast);
        if (Find(Blis()) is { } blis) return new("BLIS", blis, BlasSpeed.Fast);
        if (Find(Atlas()) is { } atlas) return new("ATLAS", atlas, BlasSpeed.Slow);
        if (Find(Reference()) is { } reference) return new("reference BLAS", reference, BlasSpeed.Slow);
        if (configuration.Contains("Math Kernel Library", StringComparison.Ordinal)) return new("MKL", "inside libtorch", BlasSpeed.Fast);
        if (configuration.Contains("BLAS_INFO=open", StringComparison.Ordinal)) return new("OpenBLAS", "inside libtorch", BlasSpeed.Fast);
        return new("unknown", "not found", BlasSpeed.Unknown);
    }

    private string? Find(Regex name) => paths.FirstOrDefault(path => name.IsMatch(path));

    [GeneratedRegex(@"/libopenblas[^/]*\.so")] private static partial Regex OpenBlas();
    [GeneratedRegex(@"/libmkl_[^/]*\.so")] private static partial Regex Mkl();
    [GeneratedRegex(@"/libblis[^/]*\.so")] private static partial Regex Blis();
    [GeneratedRegex(@"/atlas/|/libatlas[^/]*\.so|/libsatlas|/libtatlas")] private static partial Regex Atlas();
    [GeneratedRegex(@"/blas/libblas\.so|/libblas\.so")] private static partial Regex Reference();
}

internal enum BlasSpeed
{
    Fast,
    Slow,
    Unknown,
}

/// <summary>The library that multiplies f32 matrices.</summary>
internal sealed record Blas(string Name, string Path, BlasSpeed Speed)
{
    public override string ToString() => $"{Name}, {Path}";
}
