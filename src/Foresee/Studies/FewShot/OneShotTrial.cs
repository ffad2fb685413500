using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Studies.FewShot;

/// <summary>What one way of comparing images got wrong.</summary>
/// <param name="Errors">Of each run.</param>
/// <param name="Of">Questions of each run.</param>
public sealed record OneShotOutcome(string Name, IReadOnlyList<int> Errors, IReadOnlyList<int> Of)
{
    public int Wrong => Errors.Sum();
    public int Questions => Of.Sum();

    /// <summary>Per cent.</summary>
    public double ErrorRate => 100.0 * Wrong / Questions;
}

/// <summary>One-shot runs, asked of shapes of ink and of an encoder's vectors.</summary>
public static class OneShotTrial
{
    public const string Hausdorff = "hausdorff";

    /// <param name="progress">Questions done, of how many.</param>
    public static OneShotOutcome OfInk(OneShotRuns runs, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        var ink = new (double, double)[runs.Images.Count][];
        for (var i = 0; i < ink.Length; i++) ink[i] = ModifiedHausdorff.Ink(runs.Images.Read(i), runs.Images.Describe(i));
        var (asked, last) = (0, -1);
        return Outcome(Hausdorff, runs, (test, known) =>
        {
            cancel.ThrowIfCancellationRequested();
            if (test != last) progress?.Invoke(++asked, runs.Runs.Sum(run => run.Count));
            last = test;
            return ModifiedHausdorff.Distance(ink[test], ink[known]);
        });
    }

    /// <summary>With one image of each class a prototype is that image, and matching takes the largest cosine.</summary>
    /// <param name="scaled">As of <see cref="FewShotTrial"/>.</param>
    public static IReadOnlyList<OneShotOutcome> OfFeatures(OneShotRuns runs, TrainedEncoder encoder, IReadOnlyList<FewShotHead> heads,
        bool scaled, int threads, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        using var scope = TensorScope.Begin();
        var count = runs.Images.Count;
        using var table = FeatureTable.Compute(encoder.Features, runs.Images, [.. Enumerable.Range(0, count)], encoder.Input,
            [new(GridPooling.One)], threads, progress: done => progress?.Invoke(done, count), cancellation: cancel)[0];
        var rows = FewShotTrial.Prepared(table.Values, scaled);
        return [.. heads.Select(head =>
        {
            var scores = FewShotScores.Of(head, rows, rows, count).ToArray<float>();          // [N, N]: each image as a class of one
            return Outcome(FewShotOutcome.NameOf(head), runs, (test, known) => -scores[(long)test * count + known]);
        })];
    }

    private static OneShotOutcome Outcome(string name, OneShotRuns runs, Func<int, int, double> distance) =>
        new(name, runs.Errors(distance), [.. runs.Runs.Select(run => run.Count)]);
}
