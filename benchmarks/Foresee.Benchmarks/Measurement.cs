using System.Diagnostics;
using Foresee.Reports;

namespace Foresee.Benchmarks;

/// <summary>What one side did in one of its measurements.</summary>
/// <param name="Steps">That were counted.</param>
/// <param name="Seconds">Wall time, which other programs on the machine make longer.</param>
/// <param name="CpuSeconds">Processor time of all threads, which they hardly do.</param>
/// <param name="PeakMib">The most memory that the process has held so far.</param>
/// <param name="Waiting">Share of the time that training stood still for images; null where nothing waits.</param>
public sealed record Measurement(long Images, int Steps, double Seconds, double CpuSeconds, long PeakMib, double? Waiting = null)
{
    public double ImagesPerSecond => Images / Seconds;

    /// <summary>Images in a second of one core.</summary>
    public double ImagesPerCpuSecond => Images / CpuSeconds;

    /// <summary>Takes steps until the measurement is over, see <see cref="MeasurementClock"/>.</summary>
    /// <param name="steps">Each gives the images that it handled.</param>
    public static Measurement Of(IEnumerable<int> steps, double seconds)
    {
        var clock = new MeasurementClock(seconds);
        foreach (var images in steps)
            if (clock.Ends(images)) return clock.Measurement!;
        throw new InvalidOperationException("The work ended before its measurement did.");
    }
}

/// <summary>
/// Counts the steps of a measurement: so many seconds and at least <see cref="Least"/> steps, after <see cref="WarmUp"/> steps that are not
/// counted (they fill caches and heaps that the other sides emptied). benchmarks/baseline/baseline.py does the same.
/// </summary>
/// <param name="waiting">Seconds stood still for images so far; null where nothing waits.</param>
public sealed class MeasurementClock(double seconds, Func<double>? waiting = null)
{
    public const int WarmUp = 2, Least = 6;
    private int steps = -WarmUp;
    private long start, images;
    private TimeSpan cpu;
    private double waited;

    /// <summary>Null until it is over.</summary>
    public Measurement? Measurement { get; private set; }

    /// <summary>After each step: whether the measurement is over.</summary>
    public bool Ends(int handled)
    {
        if (Measurement is not null) return true;
        if (++steps <= 0)
        {
            (start, cpu, waited) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, waiting?.Invoke() ?? 0);
            return false;
        }
        images += handled;
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (steps < Least || elapsed < seconds) return false;
        var spent = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
        Measurement = new(images, steps, elapsed, spent, PeakMemory.Mebibytes(), waiting is null ? null : (waiting() - waited) / elapsed);
        return true;
    }
}
