using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Interop;

namespace Foresee.Cli;

/// <summary>GFLOP/s of one thread in products of the kernels, with f32 factors and with bf16 ones.</summary>
/// <remarks>
/// Which is faster differs between processors that have both: AVX-512's bf16 dot product makes twice f32's rate on Zen 4 and 5, half of
/// it on Intel's. So it is measured, once for each processor and build (20 milliseconds), and kept in a file.
/// </remarks>
internal sealed record KernelRates(double Float32, double BFloat16)
{
    private const string FileName = "kernels.json";
    private const int Rounds = 3;

    /// <summary>A measurement may be wrong by so much: bf16, which also moves less memory, is left only for more.</summary>
    private const double Margin = 1.1;

    private static readonly Lazy<KernelRates?> Measured = new(() => Read(Folder()));

    /// <summary>Of this machine; null where there are no kernels for bf16.</summary>
    public static KernelRates? This => Measured.Value;

    [JsonIgnore] public bool BFloat16IsFaster => BFloat16 * Margin > Float32;

    /// <summary>The rates that the folder has for this processor and build, else measured and kept there.</summary>
    /// <param name="folder">Null to measure each time, as where nothing can be kept.</param>
    internal static KernelRates? Read(string? folder)
    {
        if (!Kernels.HasBFloat16) return null;
        if (folder is null) return Measure();
        var file = Path.Combine(folder, FileName);
        var key = $"{Processor.This.Name} {Flags()}; {Kernels.Description}; {typeof(Kernels).Module.ModuleVersionId}";
        try
        {
            if (JsonSerializer.Deserialize<Kept>(File.ReadAllText(file)) is { Rates: { } rates } kept && kept.Key == key && rates.IsSound)
                return rates;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            // measured anew
        }
        var measured = Measure();
        try
        {
            AtomicFile.Write(file, JsonSerializer.Serialize(new Kept(key, measured)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // a start without a home folder measures each time
        }
        return measured;
    }

    /// <summary>Many processors are called no more than "AMD EPYC" or "Intel Xeon".</summary>
    private static string Flags()
    {
        var flags = string.Join(' ', Processor.This.Flags.Order(StringComparer.Ordinal));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(flags)))[..8];
    }

    private static KernelRates Measure()
    {
        var best = new KernelRates(0, 0);
        for (var round = 0; round < Rounds; round++) // in turns: another process may take the core for a while
            best = new(Math.Max(best.Float32, Kernels.Rate(DType.Float32)), Math.Max(best.BFloat16, Kernels.Rate(DType.BFloat16)));
        return best;
    }

    private bool IsSound => Float32 > 0 && BFloat16 > 0 && double.IsFinite(Float32 + BFloat16);

    /// <summary>The user's cache, as freedesktop.org has it.</summary>
    private static string? Folder()
    {
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } cache && Path.IsPathFullyQualified(cache))
            return Path.Combine(cache, "foresee");
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Directory.Exists(home) ? Path.Combine(home, ".cache", "foresee") : null; // made for nobody who has no home
    }

    private sealed record Kept(string Key, KernelRates Rates);
}
