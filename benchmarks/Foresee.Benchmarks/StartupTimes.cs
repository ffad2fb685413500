using System.Diagnostics;

namespace Foresee.Benchmarks;

/// <summary>How long a short command takes from the start of its process, in seconds; each the median of several starts.</summary>
internal sealed record StartupTimes(double HelpSeconds, double EmbedSeconds)
{
    public const string Name = "startup";
    private const int Starts = 7;

    public static StartupTimes Measure()
    {
        var folder = Directory.CreateTempSubdirectory("foresee-bench-").FullName;
        try
        {
            var picture = StartupFiles.Write(folder);
            Time(["--help"]); // builds the program where it is not built yet
            return new(Median(["--help"]), Median(["embed", folder, picture, "--out", Path.Combine(folder, "features.npy")]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Median(string[] arguments) => Ratio.MedianOf(Enumerable.Range(0, Starts).Select(_ => Time(arguments)));

    private static double Time(string[] arguments)
    {
        var command = new ProcessStartInfo(Checkout.Find("foresee"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        var start = Stopwatch.GetTimestamp();
        using var process = Process.Start(command)!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"foresee {string.Join(' ', arguments)} returned {process.ExitCode}: {errors.Result}");
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public override string ToString() =>
        FormattableString.Invariant($"startup: ./foresee --help {HelpSeconds:0.00} s, ./foresee embed of one image {EmbedSeconds:0.00} s");
}
