using System.Globalization;

namespace Foresee.Reports;

/// <summary>The most memory that this process has held so far.</summary>
public static class PeakMemory
{
    /// <summary>In MiB, as the kernel counts resident pages (VmHWM); 0 where /proc does not tell.</summary>
    public static long Mebibytes()
    {
        const string Source = "/proc/self/status";
        if (!File.Exists(Source)) return 0;
        var line = File.ReadLines(Source).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line["VmHWM:".Length..^"kB".Length].Trim(), CultureInfo.InvariantCulture) / 1024;
    }
}
