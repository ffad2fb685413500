namespace Foresee.Torch;

/// <summary>What this machine's processor can do, in the words of /proc/cpuinfo.</summary>
public sealed record Processor(string Name, IReadOnlySet<string> Flags)
{
    public const string Unknown = "unknown";

    private static readonly Lazy<Processor> Current = new(() => Parse(File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : []));

    public static Processor This => Current.Value;

    public bool HasAvx2 => Flags.Contains("avx2");

    /// <summary>The three parts of AVX-512 that oneDNN's fast kernels need.</summary>
    public bool HasAvx512 => Flags.Contains("avx512f") && Flags.Contains("avx512bw") && Flags.Contains("avx512vl");

    /// <summary>
    /// Whether bf16 products run in hardware (x86: avx512_bf16 or amx_bf16; ARM: bf16). Without, bf16 is emulated and slower than f32.
    /// </summary>
    public bool HasBFloat16 => Flags.Contains("avx512_bf16") || Flags.Contains("amx_bf16") || Flags.Contains("bf16");

    /// <summary>AMX: products of whole tiles of bf16, Intel from Sapphire Rapids on.</summary>
    public bool HasAmxBFloat16 => Flags.Contains("amx_tile") && Flags.Contains("amx_bf16");

    /// <summary>Reads the first processor of a /proc/cpuinfo.</summary>
    public static Processor Parse(IEnumerable<string> lines)
    {
        string? name = null, flags = null;
        foreach (var line in lines)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) continue;
            var key = line[..colon].Trim();
            if (key == "model name") name ??= line[(colon + 1)..].Trim();
            if (key is "flags" or "Features") flags ??= line[(colon + 1)..];
            if (name is not null && flags is not null) break;
        }
        return new(name ?? Unknown, new HashSet<string>((flags ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }
}
