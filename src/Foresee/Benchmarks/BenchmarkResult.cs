namespace Foresee.Benchmarks;

/// <param name="Median">Over the rounds, each side against the other's turn of the same round.</param>
/// <param name="Low">The smallest of the rounds.</param>
/// <param name="High">The largest of the rounds.</param>
public sealed record Ratio(double Median, double Low, double High)
{
    internal static Ratio Of(IEnumerable<double> ratios)
    {
        double[] sorted = [.. ratios.Order()];
        return new(BottleneckWidth(sorted), sorted[0], sorted[^1]);
    }

    internal static double BottleneckWidth(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}

/// <summary>What a comparison found; the keys are names of sides, those of the ratios name what Foresee is compared with.</summary>
/// <param name="Checked">What each side computed before it was timed.</param>
/// <param name="ImagesPerSecond">Median over the rounds, wall time.</param>
/// <param name="ImagesPerCpuSecond">The same in processor time of all threads: nearly free of what else the machine does.</param>
/// <param name="Ratios">Of images per second.</param>
/// <param name="CpuRatios">Of images per processor second.</param>
/// <param name="PeakMib">Of each process, without a DataLoader's workers.</param>
/// <param name="Waiting">Share of the time that training stood still for images; only where something waits.</param>
public sealed record BenchmarkResult(
    string Name, string Measures, double Tolerance, IReadOnlyDictionary<string, double[]> Checked,
    IReadOnlyDictionary<string, double> ImagesPerSecond, IReadOnlyDictionary<string, double> ImagesPerCpuSecond,
    IReadOnlyDictionary<string, Ratio> Ratios, IReadOnlyDictionary<string, Ratio> CpuRatios,
    IReadOnlyDictionary<string, long> PeakMib, IReadOnlyDictionary<string, double> Waiting, IReadOnlyList<IReadOnlyDictionary<string, Turn>> Rounds)
{
    /// <summary>10⁹ multiplications and additions a second of Foresee's side, counted over what the work can't do without; null where that was not counted.</summary>
    public double? NetworkGflops { get; init; }

    /// <summary>The same of large matrix products alone, measured in the same run, after the rounds.</summary>
    public double? MatrixGflops { get; init; }

    internal static BenchmarkResult Of(Benchmark benchmark, IReadOnlyDictionary<string, double[]> values, IReadOnlyList<IReadOnlyDictionary<string, Turn>> rounds)
    {
        var sides = rounds[0].Keys;
        Dictionary<string, double> Median(Func<Turn, double> of) => sides.ToDictionary(side => side, side => Ratio.BottleneckWidth([.. rounds.Select(turns => of(turns[side])).Order()]));
        Dictionary<string, Ratio> Against(Func<Turn, double> of) => benchmark.Ratios.Where(r => sides.Contains(r.Over) && sides.Contains(r.Under))
            .ToDictionary(r => r.Name, r => Ratio.Of(rounds.Select(turns => of(turns[r.Over]) / of(turns[r.Under]))));
        return new(benchmark.Name, benchmark.Measures, benchmark.Tolerance, values,
            Median(t => t.ImagesPerSecond), Median(t => t.ImagesPerCpuSecond), Against(t => t.ImagesPerSecond), Against(t => t.ImagesPerCpuSecond),
            sides.ToDictionary(side => side, side => rounds.Max(turns => turns[side].PeakMib)),
            sides.Where(side => rounds.All(turns => turns[side].Waiting is not null)).ToDictionary(side => side, side => rounds.Average(turns => turns[side].Waiting!.Value)),
            rounds)
        {
            NetworkGflops = benchmark.Arithmetic is { } arithmetic ? 2e-9 * arithmetic * Ratio.BottleneckWidth([.. rounds.Select(turns => turns[Benchmark.Foresee].ImagesPerSecond).Order()]) : null,
        };
    }
}
