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
            var settings = new Dictionary<string, string>();
            foreach (var side in sides)
            {
                var (process, setting) = Quickest(side, start(side, folder), cancel);
                processes.Add(process);
                if (side.Role == Role.Foresee) continue;
                settings[side.Name] = setting;
                progress?.Invoke($"{side.Name}: {setting}");
            }
            var values = Agree(benchmark, processes);
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
    private static (BenchmarkProcess Process, string Setting) Quickest(Side side, IReadOnlyList<SideStart> starts, CancellationToken cancel)
    {
        if (starts.Count == 1) return (new(side, starts[0].Start), starts[0].Setting);
        BenchmarkProcess? best = null;
        var (setting, most) = ("", 0.0);
        foreach (var start in starts)
        {
            cancel.ThrowIfCancellationRequested();
            var process = new BenchmarkProcess(side, start.Start);
            var slower = process;
            try
            {
                var rate = process.Measure(TrialSeconds).ImagesPerSecond;
                if (rate > most) (slower, best, setting, most) = (best, process, start.Setting, rate);
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
        return (best!, setting);
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

    private static Dictionary<string, double[]> Agree(Benchmark benchmark, IReadOnlyList<BenchmarkProcess> processes)
    {
        var first = processes[0].Side;
        var values = processes.Where(p => p.Side.Work == first.Work).ToDictionary(p => p.Side.Name, p => p.Check());
        var expected = values[first.Name];
        foreach (var (name, value) in values)
            if (value.Length != expected.Length || !value.Zip(expected).All(Close))
                throw new InvalidOperationException(FormattableString.Invariant($"{benchmark.Name}: {name} computes {string.Join(", ", value)} ")
                    + FormattableString.Invariant($"where {first.Name} computes {string.Join(", ", expected)}; they may differ by a share of ")
                    + FormattableString.Invariant($"{benchmark.Tolerance}. Times of different work can't be compared."));
        return values;

        bool Close((double Found, double Expected) pair) =>
            Math.Abs(pair.Found - pair.Expected) <= benchmark.Tolerance * Math.Abs(pair.Expected);
    }
}
