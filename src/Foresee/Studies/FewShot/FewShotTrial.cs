using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies.FewShot;

/// <summary>What a head was worth over many episodes.</summary>
/// <param name="Accuracy">Per cent of the queries, over episodes; the seeds of the encoder's own training are not in the interval.</param>
public sealed record FewShotOutcome(FewShotHead Head, int Ways, int Shots, Interval Accuracy, double Seconds)
{
    /// <summary>The metric of a row that holds half the width of the interval.</summary>
    public const string HalfWidth = "top1-half-width";

    /// <summary>Of a head in results and on the command line.</summary>
    public static string NameOf(FewShotHead head) => head == FewShotHead.Matching ? "matching" : "prototypes";

    /// <summary>Two rows: the mean, and half the width of its interval.</summary>
    public IEnumerable<EvaluationResult> Rows(string data, string encoder, int seed, string settings)
    {
        var row = new EvaluationResult(data, encoder, $"{NameOf(Head)}, {Ways} ways", $"{Shots}/class", seed, Accuracy.Mean, Seconds)
        {
            Settings = settings,
        };
        return Accuracy.HalfWidth is { } half ? [row, row with { Metric = HalfWidth, Value = half }] : [row];
    }
}

/// <summary>Frozen features of images, asked in episodes of classes that the features were not told.</summary>
public sealed class FewShotTrial : IDisposable
{
    private readonly FewShotPlan plan;
    private readonly CancellationToken cancel;
    private readonly int[][] classes;
    private readonly Tensor features; // [N, D]
    private readonly Fingerprint fingerprint;
    private readonly bool scaled;

    /// <summary>Computes the features.</summary>
    /// <param name="scaled">Whether features are standardised over all images, as those of an encoder that learnt something else; what
    /// episodes taught is taken as it is.</param>
    public FewShotTrial(TrainedEncoder encoder, LabelledImages images, FewShotPlan plan, bool scaled,
        Action<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        (this.plan, this.cancel, this.scaled) = (plan, cancel, scaled);
        classes = ClassesOf(images);
        plan.Validate([.. classes.Select(members => members.Length)]);
        classes = [.. classes.Where(members => members.Length >= plan.Shots[^1] + plan.Queries)]; // the same for any number of shots
        fingerprint = new(encoder.Input, encoder.Hash, images, images);
        var count = images.Images.Count;
        using var table = FeatureTable.Compute(encoder.Features, images.Images, [.. Enumerable.Range(0, count)], encoder.Input,
            [new(GridPooling.One)], plan.Threads, progress: done => progress?.Invoke(new("features", done, count)), cancellation: cancel)[0];
        features = TensorScope.Detach(Prepared(table.Values, scaled));
    }

    /// <summary>Of each class, the places of its images.</summary>
    internal static int[][] ClassesOf(LabelledImages images) => [.. images.Labels.Index().GroupBy(pair => pair.Item, pair => pair.Index)
        .OrderBy(group => group.Key).Select(group => group.ToArray())];

    internal static Tensor Prepared(Tensor values, bool scaled)
    {
        if (!scaled) return values.Clone();
        using var scaling = FeatureScaling.Fit(values, new(Scaling.Suited));
        return scaling.Apply(values);
    }

    /// <summary>What a row's settings say of this trial with a head.</summary>
    public string Settings(FewShotHead head, int shots) =>
        fingerprint.OfStudy(head, plan.Ways, shots, plan.Queries, plan.Episodes, scaled, classes.Length);

    /// <param name="progress">Episodes done.</param>
    public FewShotOutcome Run(FewShotHead head, int shots, Action<int>? progress = null)
    {
        var (clock, rights) = (Stopwatch.StartNew(), new double[plan.Episodes]);
        for (var number = 0; number < plan.Episodes; number++)
        {
            cancel.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var episode = Episode.Draw(classes, plan.Ways, shots, plan.Queries, plan.Seed, number);
            var told = FewShotScores.Of(head, Rows(episode.Support), Rows(episode.Query), plan.Ways).ArgMax(1).ToArray<int>();
            rights[number] = 100.0 * told.Index().Count(query => query.Item == query.Index / plan.Queries) / told.Length;
            progress?.Invoke(number + 1);
        }
        return new(head, plan.Ways, shots, Statistics.Confidence(rights) with { OfShares = true }, clock.Elapsed.TotalSeconds);
    }

    private Tensor Rows(int[] places) => features.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place)));

    public void Dispose() => features.Dispose();
}
