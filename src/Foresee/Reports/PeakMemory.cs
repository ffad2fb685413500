using System.Globalization;

namespace Foresee.Reports;

/// <summary>The most memory that this process has held so far, or since it was counted anew.</summary>
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

    /// <summary>Counts anew from now on; where the system does not allow it, what was held before counts, too.</summary>
    public static void Restart()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5"); // proc(5): resets the peak resident set size
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }
}
