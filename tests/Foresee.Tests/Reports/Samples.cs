using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

/// <summary>Small fixed inputs; made up for the tests, no measurement.</summary>
internal static class Samples
{
    public static readonly Dictionary<string,
        string> Names = new() { ["linear"] = "CPC + linear probe", ["supervised"] = "network from pixels" };

    public static IEnumerable<EvaluationResult> Results(string data = "fashion-mnist", int draws = 3)
    {
        (string Labels, double Linear, double Pixels)[] means =
            [("10/class", 76.5, 72.7), ("25/class", 81, 78), ("60/class", 84.5, 82.3), ("200/class", 87.5, 87)];
        foreach (var (labels, linear, pixels) in means)
        {
            for (var draw = 0; draw < draws; draw++)
            {
                yield return new(data, "fashion-mnist", "linear", labels, draw, linear + 0.75 * (draw - 1), 2.5);
                yield return new(data, "supervised", "supervised", labels, draw, pixels + 0.5 * (draw - 1) + (draw == 2 ? 0.25 : 0), 41);
            }
        }
    }

    public static LabelComparison Comparison() => LabelComparison.From(Results(), "linear", "pixels", Names);

    public static IEnumerable<MetricsEntry> Log(int steps, long from = 1)
    {
        for (var step = from; step <= steps; step++)
        {
            var learnt = 1 - Math.Exp(-step / 60.0);
            yield return new MetricsEntry(step * 10, step * 10 / 937.0, 7.74 - 3.2 * learnt + 0.05 * Math.Sin(step), 640
                + 15 * Math.Cos(step))
            {
                Chance = Math.Log(64 * 36),
                Accuracy = 0.28 * learnt,
                AccuracyChance = 1 / (64.0 * 36),
                Accuracies = new[] { "down", "up", "right", "left" }
                    .ToDictionary(d => d, d => (IReadOnlyDictionary<string, double>)new Dictionary<string, double>
                    {
                        ["2"] = (0.34 + 0.003 * d.Length) * learnt,
                        ["3"] = (0.25 + 0.004 * d.Length) * learnt,
                        ["4"] = (0.18 + 0.005 * d.Length) * learnt,
                    }),
                LearningRate = 4e-4 * Math.Min(1, step / 20.0) * (0.5 + 0.5 * Math.Cos(Math.PI * step / steps)),
                GradientNorm = 1.5 / step,
                Seconds = step * 1.01,
                Waiting = 0.01,
            };
        }
    }

    public static RunDescription Run() => new()
    {
        Command = "./foresee demo",
        Recipe = "fashion-mnist",
        Options = RunDescription.OptionsOf(new SampleOptions(64, 4e-4, SampleKind.Layer)),
        Seeds = new Dictionary<string, long> { ["run"] = 7 },
        Data = new("fashion-mnist", "sha256 of the content: 00ff", 60_000),
        Commit = "e3240da",
        Versions = new("0.1.0", "10.0.1", "1.13.1", "OpenBLAS 0.3.21"),
        Machine = new("Intel(R) Xeon(R) Processor", 2, 8L << 30, "Debian GNU/Linux 12 (bookworm)"),
        Precision = "cpu, bf16 multiplications with f32 weights",
        Started = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    public static ReportContent Report() => new()
    {
        Title = "Fashion-MNIST from few labels",
        Comparison = Comparison(),
        Pretraining = [.. Log(12)],
        Pictures = [new("A batch's patches, each augmented on its own", "Grid of 36 grey patches of clothing", Png)],
        Run = Run(),
        Facts = [new("Time", "11 min 40 s"), new("Peak memory", "1.3 GiB")],
        Next = [new("./foresee pretrain ~/photos --recipe folder --out runs/photos", "Pretrain on your own photographs")],
    };

    /// <summary>One grey pixel.</summary>
    public static byte[] Png =>
        Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==");
}

internal enum SampleKind { None, Layer }

internal sealed record SampleOptions(int Batch, double LearningRate, SampleKind Norm);
