using System.Globalization;
using System.Reflection;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>What doctor found, one property per line that it prints; also the fields of its JSON.</summary>
internal sealed record Diagnosis
{
    public required string Version { get; init; }
    public string? LibtorchVersion { get; init; }
    public string? LibtorchPath { get; init; }
    public string? Blas { get; init; }
    public string? BlasPath { get; init; }

    /// <summary>The kind of processor that OpenBLAS computes for; null for another BLAS.</summary>
    public string? BlasCore { get; init; }
    public required string Processor { get; init; }
    public required bool Avx2 { get; init; }
    public required bool Avx512 { get; init; }
    public required bool Bf16 { get; init; }
    public required string Precision { get; init; }
    public required string PrecisionReason { get; init; }

    /// <summary>What the own kernels are, and how fast a core multiplies with them.</summary>
    public string? Kernels { get; init; }
    public double? F32Gflops { get; init; }
    public double? Bf16Gflops { get; init; }

    /// <summary>Whether products go by AMX's tiles, and why or why not.</summary>
    public string? Amx { get; init; }
    public required int Threads { get; init; }
    public required int Cores { get; init; }
    public required double MemoryGib { get; init; }
    public required double MemoryFreeGib { get; init; }
    public int? CudaDevices { get; init; }
    public bool? ImageDecoder { get; init; }
    public required IReadOnlyDictionary<string, string?> Data { get; init; }

    /// <summary>What is slow or lacking, and what to do about it.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>What keeps Foresee from computing at all.</summary>
    public string? Fault { get; init; }

    public static Diagnosis Make()
    {
        var warnings = new List<string>();
        var processor = Torch.Processor.This;
        var found = new Diagnosis
        {
            Version = typeof(Diagnosis).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
                ?? "unknown",
            Processor = processor.Name,
            Avx2 = processor.HasAvx2,
            Avx512 = processor.HasAvx512,
            Bf16 = processor.HasBFloat16,
            Precision = "f32",
            PrecisionReason = "as long as libtorch can't be used",
            Threads = RunOptions.DefaultThreads,
            Cores = Environment.ProcessorCount,
            MemoryGib = Memory("MemTotal:"),
            MemoryFreeGib = Memory("MemAvailable:"),
            Data = KnownData.Names.ToDictionary(name => name, name => KnownData.Find(name)),
            Warnings = warnings,
        };
        if (found.Data[DemoCommand.Data] is null)
            warnings.Add($"{DemoCommand.Data} is not installed, the demo needs it; apt-get install dataset-{DemoCommand.Data}");
        try
        {
            return found.WithEngine(warnings);
        }
        catch (Exception error)
        {
            return found with
            {
                Fault = $"libtorch can't be used: {Cli.Fault.OfLoader(Cli.Fault.Cause(error).Message)}. Install libtorch-dev (Debian), "
                    + $"or set LIBTORCH to a folder with include/ and lib/, and start {Launcher.Name} again.",
            };
        }
    }

    private Diagnosis WithEngine(List<string> warnings)
    {
        var version = Engine.Version; // loads the bridge and with it libtorch
        var configuration = Engine.Configuration;
        var libraries = LoadedLibraries.OfProcess();
        var blas = libraries.Blas(configuration);
        if (blas.Speed == BlasSpeed.Slow)
            warnings.Add($"{blas.Name} is slow: f32 products may take 25 times as long as with OpenBLAS; apt-get install "
                + "libopenblas0-pthread, then update-alternatives --config libblas.so.3-$(uname -m)-linux-gnu");
        var core = Engine.BlasCore;
        if (core?.Better is { } better)
            warnings.Add($"OpenBLAS computes as for {core.Name}, without AVX2, several times slower than this processor can; "
                + (Environment.GetEnvironmentVariable("OPENBLAS_CORETYPE") is { } chosen
                    ? $"OPENBLAS_CORETYPE is '{chosen}', unset it or set {better}" : $"start with OPENBLAS_CORETYPE={better}"));
        if (blas.Speed == BlasSpeed.Unknown)
            warnings.Add("no known BLAS is loaded; f32 products may be slow");
        string? decoderFault = null;
        try
        {
            _ = ImageFile.EncodePng(new Image(1, 1, 1, [7])); // loads the decoder too
        }
        catch (Exception error)
        {
            warnings.Add(decoderFault = $"image files can't be read: {Cli.Fault.Cause(error).Message}");
        }
        var precision = Cli.Precision.For(Device.Cpu); // asks which kernels there are, and measures them
        var amx = Torch.Interop.Kernels.Amx;
        if (amx.Fault) warnings.Add($"AMX is not used: {amx.Reason}");
        return this with
        {
            Precision = precision.Name,
            PrecisionReason = precision.Reason,
            Kernels = Torch.Interop.Kernels.Description,
            F32Gflops = KernelRates.This is { } f32 ? Math.Round(f32.Float32, 1) : null,
            Bf16Gflops = KernelRates.This is { } bf16 ? Math.Round(bf16.BFloat16, 1) : null,
            Amx = amx.Reason,
            LibtorchVersion = version,
            LibtorchPath = libraries.Torch,
            Blas = blas.Name,
            BlasPath = blas.Path,
            BlasCore = core?.InsteadOf is { } slow ? $"{core.Name} (set by Foresee; OpenBLAS would have taken {slow})" : core?.Name,
            CudaDevices = Device.CudaCount,
            ImageDecoder = decoderFault is null,
        };
    }

    /// <summary>The lines for a reader: a name and what was found.</summary>
    public IEnumerable<(string Name, string Found)> Lines()
    {
        yield return ("Foresee", Version);
        if (LibtorchVersion is not null)
        {
            yield return ("libtorch", $"{LibtorchVersion}, {LibtorchPath}");
            yield return ("BLAS", $"{Blas}, {BlasPath}{(BlasCore is null ? "" : $", core {BlasCore}")}");
        }
        yield return ("processor",
            $"{Processor}: {(Avx2 ? "AVX2" : "no AVX2")}, {(Avx512 ? "AVX-512" : "no AVX-512")}, {(Bf16 ? "bf16" : "no bf16")}");
        if (Kernels is not null) yield return ("kernels", Kernels);
        if (Amx is not null) yield return ("AMX", Amx);
        yield return ("precision", $"{Precision}: {PrecisionReason}");
        yield return ("threads", $"{Threads} on {Cores} processors");
        yield return ("memory", string.Create(CultureInfo.InvariantCulture, $"{MemoryFreeGib:0.0} of {MemoryGib:0.0} GiB free"));
        if (CudaDevices is not null)
            yield return ("GPU", CudaDevices == 0
                ? "none that this libtorch can use" : $"{CudaDevices} CUDA device(s); use --device cuda");
        if (ImageDecoder is not null)
            yield return ("images", ImageDecoder == true
                ? "libvips (NetVips) reads PNG, JPEG, TIFF, WebP, GIF, AVIF, BMP and PNM"
                : "IDX files and the binary files of CIFAR and STL-10 only");
        foreach (var (name, folder) in Data)
            yield return ("data", $"{name}: {folder ?? $"not here; {Launcher.Name} data get {name} fetches it"}");
    }

    private static double Memory(string key)
    {
        if (!File.Exists("/proc/meminfo")) return 0;
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(text => text.StartsWith(key, StringComparison.Ordinal));
        return line is null ? 0 : Math.Round(double.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal),
            CultureInfo.InvariantCulture) / (1 << 20), 1);
    }
}
