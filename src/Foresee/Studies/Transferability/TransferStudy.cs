using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies.Transferability;

/// <summary>
/// Is there a quick way to know which encoder suits some images? Scores from the features of the labelled images alone, beside what a
/// linear probe on the same labels reaches on others.
/// </summary>
/// <param name="data">With test images, or validation images in their place.</param>
/// <param name="amount">Labels, drawn by the seed; the same for all encoders.</param>
public sealed class TransferStudy(LabelledSplits data, LabelAmount amount, int seed, int threads)
{
    private const string Protocol = "linear"; // of what is measured
    private static readonly Linear linear = new();

    /// <summary>Three rows of an encoder: both scores and the accuracy; the rows of an earlier start where they are the same.</summary>
    /// <param name="name">In results.</param>
    /// <param name="progress">Of its features.</param>
    public IReadOnlyList<EvaluationResult> Measure(TrainedEncoder encoder, string name, IReadOnlyList<EvaluationResult> known,
        Action<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        var test = data.Test ?? throw new ArgumentException($"{data.Train.Images.Name} has no test part; name one.");
        var settings = new Fingerprint(encoder.Input, encoder.Hash, data.Train, test).OfStudy($"{amount}", seed, linear.Probe);
        var row = new EvaluationResult(data.Train.Images.Name, name, Protocol, $"{amount}", seed, 0, 0) { Settings = settings };
        EvaluationResult[] kept = [.. known.Where(old => old with { Value = 0, Seconds = 0, Metric = row.Metric } == row)];
        if (kept.Length == 3) return kept;
        using var scope = TensorScope.Begin();
        var places = LabelDraw.Take(data.Train.Labels, amount, seed, data.Train.Classes);
        int[] labels = [.. places.Select(place => data.Train.Labels[place])], all = [.. Enumerable.Range(0, test.Images.Count)];
        using var train = Table(data.Train.Images, places);
        using var others = Table(test.Images, all);
        var clock = Stopwatch.StartNew();
        var (classes, rows) = (data.Train.Classes.Length, new List<EvaluationResult>());
        // Each feature has the same variance for the scores, too: their prior is the same for all directions.
        using var alike = FeatureScaling.Fit(train.Values, new(Scaling.Standardise));
        var scored = alike.Apply(train.Values);
        Add(ScoreAgreement.LogMe, LogMe.Of(scored, labels, classes));
        Add(ScoreAgreement.HScore, HScore.Of(scored, labels, classes));
        using var scaling = FeatureScaling.Fit(train.Values, linear.Features.Scaling);
        using var probe = LinearProbe.Fit(scaling.Apply(train.Values), labels, classes, linear.Probe, cancel, scaling.Spread());
        Add(EvaluationResult.Top1, Accuracy.Top1(probe.Predict(scaling.Apply(others.Values)), test.Labels));
        return rows;

        void Add(string metric, double value)
        {
            rows.Add(row with { Metric = metric, Value = value, Seconds = clock.Elapsed.TotalSeconds });
            clock.Restart();
        }

        FeatureTable Table(IImageSource images, int[] indices) => FeatureTable.Compute(encoder.Features, images, indices, encoder.Input,
            [new(GridPooling.One)], threads, progress: done => progress?.Invoke(new($"features of {name}", done, indices.Length)),
            cancellation: cancel)[0];
    }
}
