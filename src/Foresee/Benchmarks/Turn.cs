using System.Diagnostics;
using Foresee.Reports;

namespace Foresee.Benchmarks;

/// <summary>What one side did while it was its turn.</summary>
/// <param name="Seconds">Wall time, which other programs on the machine make longer.</param>
/// <param name="CpuSeconds">Processor time of all threads, which they hardly do.</param>
/// <param name="PeakMib">The most memory that the process has held so far.</param>
/// <param name="Waiting">Share of the time that training stood still for images; null where nothing waits.</param>
public sealed record Turn(long Images, double Seconds, double CpuSeconds, long PeakMib, double? Waiting = null)
{
    public double ImagesPerSecond => Images / Seconds;

    /// <summary>Images in a second of one core.</summary>
    public double ImagesPerCpuSecond => Images / CpuSeconds;

    /// <summary>Takes steps for so long, at least one; the first is not counted, it fills caches that the other side's turn emptied.</summary>
    /// <param name="steps">Each gives the images that it handled.</param>
    public static Turn Of(IEnumerable<int> steps, double seconds)
    {
        using var step = steps.GetEnumerator();
        step.MoveNext();
        var (start, cpu, images) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime, 0L);
        while (images == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            step.MoveNext();
            images += step.Current;
        }
        return new(images, Stopwatch.GetElapsedTime(start).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds, PeakMemory.Mebibytes());
    }
}
