using System.Diagnostics;
using Foresee.Torch;

namespace Foresee.Benchmarks;

/// <summary>Who does the work.</summary>
public enum Role
{
    Foresee,

    /// <summary>PyTorch as it starts: f32, the system's BLAS.</summary>
    BaselineDefault,

    /// <summary>PyTorch as fast as its users get it, operator by operator.</summary>
    BaselineTuned,

    /// <summary>The same with torch.compile, from version 2 on.</summary>
    BaselineCompiled,
}

/// <summary>One side of a comparison, in a process of its own.</summary>
/// <param name="Name">In tables and JSON.</param>
/// <param name="Work">What it does; the programs in benchmarks/baseline know it by this name.</param>
/// <param name="Open">Foresee's side, from the folder of the inputs and the type of its products; null for a baseline.</param>
public sealed record Side(string Name, Role Role, string Work, Func<string, DType, IWork>? Open = null)
{
    /// <summary>Whose side it is; null for Foresee's, and as long as the baselines are not known.</summary>
    internal Baseline? Baseline { get; init; }

    internal bool Multiplies { get; init; }
}

/// <summary>One way to start a side's process.</summary>
/// <param name="Setting">What is particular about it.</param>
public sealed record SideStart(string Setting, ProcessStartInfo Start);

/// <summary>How many times as fast the first side is as the second.</summary>
public sealed record RatioOf(string Name, string Over, string Under);

/// <summary>One comparison.</summary>
/// <param name="Measures">What a step is, for the reader of the table.</param>
/// <param name="Prepare">Writes into an empty folder what all sides read.</param>
/// <param name="Sides">In the order in which they are measured; sides with the work of the first must agree with it before they are
/// timed.</param>
/// <param name="Tolerance">Relative, of that agreement.</param>
public sealed record Benchmark(string Name, string Measures, Action<string> Prepare, IReadOnlyList<Side> Sides, double Tolerance = 1e-4)
{
    /// <summary>Names of sides in tables and JSON. Those of baselines stand for one side of each PyTorch, see <see cref="Against"/>.</summary>
    public const string Foresee = "foresee", BaselineDefault = "peer_default", BaselineTuned = "peer_tuned",
        BaselineCompiled = "peer_compiled";

    /// <summary>Measurements of each side.</summary>
    public int Rounds { get; init; } = 4;

    /// <summary>Multiply-adds per image that the work can't do without; null where they are not what takes the time.</summary>
    public double? Arithmetic { get; init; }

    public IReadOnlyList<RatioOf> Ratios { get; init; } = OverBaselines;

    internal static IReadOnlyList<RatioOf> OverBaselines =>
        [.. new[] { BaselineDefault, BaselineTuned, BaselineCompiled }.Select(name => new RatioOf(name, Foresee, name))];

    /// <summary>With a side of each baseline that can play it in place of each baseline side, and ratios likewise.</summary>
    internal Benchmark Against(IReadOnlyList<Baseline> baselines)
    {
        IEnumerable<Side> Players(Side side) => side.Role == Role.Foresee
            ? [side]
            : baselines.Where(baseline => baseline.Plays(side.Role))
                .Select(baseline => side with { Name = baseline.SideName(side.Role), Baseline = baseline });
        var players = Sides.ToDictionary(side => side.Name, side => Players(side).ToList());
        return this with
        {
            Sides = [.. Sides.SelectMany(side => players[side.Name])],
            Ratios = [.. Ratios.SelectMany(ratio => players.GetValueOrDefault(ratio.Under) switch
            {
                null => [],
                [{ Role: Role.Foresee }] => [ratio],
                var under => under.Select(side => new RatioOf(side.Name, ratio.Over, side.Name)),
            })],
        };
    }

    public static IReadOnlyList<Benchmark> All { get; } =
    [
        TrainingBenchmark.Reference("train"),
        TrainingBenchmark.Colour("train-colour"),
        TrainingBenchmark.Large("train-large"),
        ResNetWork.Benchmark("resnet18"),
        FeatureBenchmark.Create("features"),
        AugmentationWork.Benchmark("augmentation"),
        LoadingBenchmark.Create("loader", side: 96),
        LoadingBenchmark.Create("loader-large", side: 224),
        new("infonce", "InfoNCE of 12,288 predictions among 18,432 targets (512 images x 36 positions, K = 64) and both gradients",
            InfoNceWork.Prepare, AgainstBaselines("infonce", (folder, compute) => new InfoNceWork(folder, compute), multiplies: true),
            Tolerance: 1e-5),
    ];

    /// <summary>Multiply-adds a second of large matrix products: what no network can pass.</summary>
    public static double MatrixRate(DType type) => TrainingArithmetic.MatrixRate(type);

    /// <param name="multiplies">Whether networks or large products are in it, so that torch.compile, precision and BLAS matter.</param>
    internal static IReadOnlyList<Side> AgainstBaselines(string work, Func<string, DType, IWork> open, bool multiplies = false)
    {
        List<Side> sides =
        [
            new(Foresee, Role.Foresee, work, open),
            new(BaselineDefault, Role.BaselineDefault, work),
            new(BaselineTuned, Role.BaselineTuned, work) { Multiplies = multiplies },
        ];
        if (multiplies) sides.Add(new(BaselineCompiled, Role.BaselineCompiled, work) { Multiplies = true });
        return sides;
    }
}
