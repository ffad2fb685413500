namespace Foresee.Benchmarks;

/// <param name="Median">Over the rounds, each side against the other's measurement of the same round.</param>
/// <param name="Low">The smallest of the rounds.</param>
/// <param name="High">The largest of the rounds.</param>
public sealed record Ratio(double Median, double Low, double High)
{
    internal static Ratio Of(IEnumerable<double> ratios)
    {
        double[] sorted = [.. ratios.Order()];
        return new(MedianOf(sorted), sorted[0], sorted[^1]);
    }

    internal static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
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
    IReadOnlyDictionary<string, long> PeakMib, IReadOnlyDictionary<string, double> Waiting,
    IReadOnlyList<IReadOnlyDictionary<string, Measurement>> Rounds)
{
    /// <summary>The setting that each baseline was measured with: the quickest of those that were tried before.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// 10⁹ multiplications and additions a second of Foresee's side, counted over what the work can't do without; null where that was not
    /// counted.
    /// </summary>
    public double? NetworkGflops { get; init; }

    /// <summary>The same of large matrix products alone, measured in the same run, after the rounds.</summary>
    public double? MatrixGflops { get; init; }

    internal static BenchmarkResult Of(
        Benchmark benchmark, IReadOnlyDictionary<string, double[]> values, IReadOnlyList<IReadOnlyDictionary<string, Measurement>> rounds)
    {
        var sides = rounds[0].Keys;
        IEnumerable<double> OfSide(string side, Func<Measurement, double> value) => rounds.Select(round => value(round[side]));
        Dictionary<string, double> Medians(Func<Measurement, double> value) =>
            sides.ToDictionary(side => side, side => Ratio.MedianOf(OfSide(side, value)));
        Dictionary<string, Ratio> Against(Func<Measurement, double> value) => benchmark.Ratios
            .Where(ratio => sides.Contains(ratio.Over) && sides.Contains(ratio.Under))
            .ToDictionary(ratio => ratio.Name, ratio =>
            Ratio.Of(rounds.Select(round => value(round[ratio.Over]) / value(round[ratio.Under]))));
        var rates = Medians(m => m.ImagesPerSecond);
        return new(benchmark.Name, benchmark.Measures, benchmark.Tolerance, values,
            rates, Medians(m => m.ImagesPerCpuSecond), Against(m => m.ImagesPerSecond), Against(m => m.ImagesPerCpuSecond),
            sides.ToDictionary(side => side, side => rounds.Max(round => round[side].PeakMib)),
            sides.Where(side => rounds.All(round => round[side].Waiting is not null))
                .ToDictionary(side => side, side => OfSide(side, m => m.Waiting!.Value).Average()),
            rounds)
        {
            NetworkGflops = 2e-9 * benchmark.Arithmetic * rates[Benchmark.Foresee],
        };
    }
}
