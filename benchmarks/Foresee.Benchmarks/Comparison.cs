namespace Foresee.Benchmarks;

/// <summary>Sides are measured alternately, A B C A B C, so that whatever else the machine does slows all of them alike.</summary>
public static class Comparison
{
    private const double TrialSeconds = 1; // and at least the steps of any measurement

    /// <param name="sides">Of the benchmark, those that can be started.</param>
    /// <param name="start">The ways to start a side's process, given the folder that it reads; of several the quickest is taken.</param>
    /// <param name="seconds">For all measurements together, about.</param>
    /// <exception cref="InvalidOperationException">Two sides don't compute the same, or one broke down.</exception>
    public static BenchmarkResult Run(Benchmark benchmark, IReadOnlyList<Side> sides, Func<Side, string, IReadOnlyList<SideStart>> start,
        double seconds, Action<string>? progress = null, CancellationToken cancel = default)
    {
        var folder = Directory.CreateTempSubdirectory("foresee-bench-").FullName;
        var processes = new List<BenchmarkProcess>();
        try
        {
            benchmark.Prepare(folder);
            var (settings, values) = (new Dictionary<string, string>(), new Dictionary<string, double[]>());
            foreach (var side in sides)
            {
                var (process, setting, computed) = Quickest(side, start(side, folder), cancel);
                processes.Add(process);
                if (side.Work == sides[0].Work) values[side.Name] = computed;
                if (side.Role == Role.Foresee) continue;
                settings[side.Name] = setting;
                progress?.Invoke($"{side.Name}: {setting}");
            }
            Agree(benchmark, values, sides[0].Name);
            progress?.Invoke($"the same result on {string.Join(", ", values.Keys)}");
            var rounds = new List<IReadOnlyDictionary<string, Measurement>>();
            for (var round = 0; round < benchmark.Rounds; round++)
            {
                rounds.Add(Round(processes, seconds / benchmark.Rounds / processes.Count, cancel));
                var rates = rounds[^1].Select(m => FormattableString.Invariant($"{m.Key} {m.Value.ImagesPerSecond:0.#}"));
                progress?.Invoke($"round {round + 1} of {benchmark.Rounds}: {string.Join(", ", rates)} images/s");
            }
            return BenchmarkResult.Of(benchmark, values, rounds) with { Settings = settings };
        }
        catch (InvalidOperationException) when (cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancel); // Ctrl-C ends the sides' processes too
        }
        finally
        {
            foreach (var process in processes) process.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Tries each way for a moment; what it started for the others has ended.</summary>
    /// <returns>Computed: before the trial, which trains on.</returns>
    private static (BenchmarkProcess Process, string Setting, double[] Computed) Quickest(Side side, IReadOnlyList<SideStart> starts,
        CancellationToken cancel)
    {
        BenchmarkProcess? best = null;
        var (setting, computed, most) = ("", Array.Empty<double>(), -1.0);
        foreach (var start in starts)
        {
            cancel.ThrowIfCancellationRequested();
            var process = new BenchmarkProcess(side, start.Start);
            var slower = process;
            try
            {
                var values = process.Check();
                var rate = starts.Count == 1 ? 0 : process.Measure(TrialSeconds).ImagesPerSecond;
                if (rate > most) (slower, best, setting, computed, most) = (best, process, start.Setting, values, rate);
            }
            catch
            {
                best?.Dispose();
                throw;
            }
            finally
            {
                slower?.Dispose();
            }
        }
        return (best!, setting, computed);
    }

    private static Dictionary<string, Measurement> Round(IReadOnlyList<BenchmarkProcess> processes, double seconds,
        CancellationToken cancel)
    {
        var measurements = new Dictionary<string, Measurement>();
        foreach (var process in processes)
        {
            cancel.ThrowIfCancellationRequested();
            measurements[process.Side.Name] = process.Measure(seconds);
        }
        return measurements;
    }

    private static void Agree(Benchmark benchmark, Dictionary<string, double[]> values, string first)
    {
        var expected = values[first];
        foreach (var (name, value) in values)
            if (value.Length != expected.Length || !value.Zip(expected).All(Close))
                throw new InvalidOperationException(FormattableString.Invariant($"{benchmark.Name}: {name} computes ")
                    + FormattableString.Invariant($"{string.Join(", ", value)} where {first} computes ")
                    + FormattableString.Invariant($"{string.Join(", ", expected)}; they may differ by a share of ")
                    + FormattableString.Invariant($"{benchmark.Tolerance}. Times of different work can't be compared."));

        bool Close((double Found, double Expected) pair) =>
            Math.Abs(pair.Found - pair.Expected) <= benchmark.Tolerance * Math.Abs(pair.Expected);
    }
}
