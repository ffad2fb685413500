using System.Globalization;

namespace Foresee.Benchmarks.Scale;

/// <summary>Predicted beside measured, in seconds of a step.</summary>
/// <param name="Load">The machine's load average over a minute, when the measurement had ended.</param>
/// <param name="Alone">A step without exchange, mean of all ranks; what the prediction begins with.</param>
/// <param name="Predicted">With buckets that travel beside the backward: as if that cost no processor time.</param>
/// <param name="PredictedAfter">With buckets after the backward: as if no core had time for them before.</param>
/// <param name="Measured">Mean of all ranks.</param>
internal sealed record ScaleOutcome(string Machine, double Load, int Ranks, int Images, int Steps, double Latency, double Bandwidth,
    double Alone, double Slowest, double Predicted, double PredictedAfter, double Measured)
{
    /// <summary>Processor seconds of a rank's step without and with exchange.</summary>
    public required double[] Processor { get; init; }

    public static ScaleOutcome Of(ScaleTrial trial, IReadOnlyList<RankReport> reports)
    {
        var (ranks, link) = (reports.Count, Fit(reports));
        var times = reports.SelectMany(report => report.Alone).ToList();
        var alone = times.Average();
        var worker = new Worker(alone, Rest: 0, double.PositiveInfinity) { Measured = [.. times.Select(time => time / alone)] };
        var work = new Workload("SimCLR", trial.Images, Networks.Of(RankWork.Method, RankWork.Input)) { Views = 2, SmallSums = 1 };
        var simulation = new StepSimulation(work, worker, new(ranks, PerNode: 1, Link.None, link));
        var random = new Random(0);
        return new(Reports.Machine.Read().ToString(), LoadAverage(), ranks, trial.Images, reports[0].Together.Length, link.Latency,
            link.Bandwidth, alone, alone * Enumerable.Range(0, 1000).Average(_ => worker.Slowest(ranks, random)),
            simulation.Mean().Step, (simulation with { Overlaps = false }).Mean().Step,
            reports.Average(report => report.Together.Average()))
        {
            Processor = [reports.Average(report => report.AloneProcessor), reports.Average(report => report.TogetherProcessor)],
        };
    }

    /// <summary>α from the smallest sum, β from the largest: t = 2 (n - 1) (α + S / (n β)).</summary>
    internal static Link Fit(IReadOnlyList<RankReport> reports)
    {
        var ranks = reports.Count;
        double Time(long bytes) => reports.Average(report => report.Sums[bytes]);
        var (smallest, largest) = (reports[0].Sums.Keys.Min(), reports[0].Sums.Keys.Max());
        var bandwidth = 2.0 * (ranks - 1) / ranks * (largest - smallest) / Math.Max(1e-9, Time(largest) - Time(smallest));
        return new("loopback", Math.Max(0, Time(smallest) / (2 * (ranks - 1)) - smallest / (ranks * bandwidth)), bandwidth);
    }

    public IEnumerable<string> InWords()
    {
        yield return Text($"{Machine}; load {Load:0.0}");
        yield return Text($"{Ranks} processes of one thread, {Images} images each, {Steps} steps of each kind")
            + Text($"; the loopback: {1e6 * Latency:0} µs, {Bandwidth / 1e9:0.00} GB/s");
        yield return Text($"a step without exchange {1000 * Alone:0.0} ms, the slowest of {Ranks} {1000 * Slowest:0.0} ms")
            + Text($"; processor time {1000 * Processor[0]:0.0} ms, with exchange {1000 * Processor[1]:0.0} ms");
        yield return Text($"with exchange: predicted {1000 * Predicted:0.0} ms ")
            + Text($"(buckets after the backward: {1000 * PredictedAfter:0.0} ms), ")
            + Text($"measured {1000 * Measured:0.0} ms, {Measured / Predicted:0.00} times ({Measured / PredictedAfter:0.00})");
    }

    private static double LoadAverage() => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : double.NaN;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
