using System.Diagnostics;

namespace Foresee.Benchmarks;

/// <summary>Sides take turns, so that whatever else the machine does hits all of them alike: A B C A B C.</summary>
public static class Comparison
{
    /// <param name="sides">Of the benchmark, those that can be started.</param>
    /// <param name="start">How a side's process is started, given the folder that it reads.</param>
    /// <param name="seconds">For all turns together, about.</param>
    /// <exception cref="InvalidOperationException">Two sides don't compute the same, or one broke down.</exception>
    public static BenchmarkResult Run(Benchmark benchmark, IReadOnlyList<Side> sides, Func<Side, string, ProcessStartInfo> start, double seconds,
        Action<string>? progress = null, CancellationToken cancel = default)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-bench-").FullName;
        var contestants = new List<Contestant>();
        try
        {
            benchmark.Prepare(folder);
            foreach (var side in sides) contestants.Add(new(side, start(side, folder)));
            var values = Agree(benchmark, contestants);
            progress?.Invoke($"the same result on {string.Join(", ", values.Keys)}");
            var rounds = new List<IReadOnlyDictionary<string, Turn>>();
            for (var round = 0; round < benchmark.Rounds; round++)
            {
                var turns = new Dictionary<string, Turn>();
                foreach (var contestant in contestants)
                {
                    cancel.ThrowIfCancellationRequested();
                    turns[contestant.Side.Name] = contestant.Measure(seconds / benchmark.Rounds / contestants.Count);
                }
                rounds.Add(turns);
                progress?.Invoke($"round {round + 1} of {benchmark.Rounds}: {string.Join(", ", turns.Select(t => FormattableString.Invariant($"{t.Key} {t.Value.ImagesPerSecond:0.#}")))} images/s");
            }
            return BenchmarkResult.Of(benchmark, values, rounds);
        }
        catch (InvalidOperationException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel); // Ctrl-C ends the sides' processes too
        }
        finally
        {
            foreach (var contestant in contestants) contestant.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Dictionary<string, double[]> Agree(Benchmark benchmark, IReadOnlyList<Contestant> contestants)
    {
        var alike = contestants.Where(c => c.Side.Work == contestants[0].Side.Work).ToList();
        var values = alike.ToDictionary(c => c.Side.Name, c => c.Check());
        var expected = values[contestants[0].Side.Name];
        foreach (var (name, value) in values)
            if (value.Length != expected.Length || !value.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= benchmark.Tolerance * Math.Abs(pair.Second)))
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"{benchmark.Name}: {name} computes {string.Join(", ", value)} where {contestants[0].Side.Name} computes {string.Join(", ", expected)}; they may differ by a share of {benchmark.Tolerance}. Times of different work can't be compared."));
        return values;
    }
}
