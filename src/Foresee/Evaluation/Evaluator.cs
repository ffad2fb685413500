using System.Diagnostics;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>Measures protocols against each other on the same draws of labels; test images are only ever predicted.</summary>
public sealed class Evaluator
{
    private readonly LabelledImages train, test;
    private readonly EvaluationPlan plan;
    private readonly Action<EvaluationProgress>? progress;
    private readonly CancellationToken cancellation;

    private Evaluator(LabelledImages train, LabelledImages test, EvaluationPlan plan, Action<EvaluationProgress>? progress, CancellationToken cancellation) =>
        (this.train, this.test, this.plan, this.progress, this.cancellation) = (train, test, plan, progress, cancellation);

    /// <param name="measured">Called with each result as soon as it is there.</param>
    /// <returns>All results; amounts in the outer, draws in the middle, protocols in the inner order.</returns>
    public static IReadOnlyList<EvaluationResult> Run(LabelledSplits data, EvaluationPlan plan, Action<EvaluationResult>? measured = null,
        Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        plan.Validate();
        var test = data.Test ?? throw new ImageDataException($"{data.Train.Images.Name} has no test part; name one with --test FOLDER.");
        return new Evaluator(data.Train, test, plan, progress, cancellation).Run(measured);
    }

    private List<EvaluationResult> Run(Action<EvaluationResult>? measured)
    {
        using var scope = TensorScope.Begin();
        var draws = plan.Amounts.ToDictionary(amount => amount, amount => Enumerable.Range(plan.Seed, plan.Draws).Select(seed => LabelDraw.Take(train.Labels, amount, seed)).ToArray());
        using var features = plan.Extract is null || plan.Protocols.All(p => p == Protocol.Pixels) ? null : Features(draws.Values.SelectMany(d => d));
        using var pixels = plan.Protocols.Contains(Protocol.Pixels) ? ImageTensors.Read(test.Images, [.. Enumerable.Range(0, test.Images.Count)], plan.Fit) : null;
        var results = new List<EvaluationResult>();
        foreach (var amount in plan.Amounts)
            for (var draw = 0; draw < plan.Draws; draw++)
                foreach (var protocol in plan.Protocols)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var name = protocol.ToString().ToLowerInvariant();
                    var work = $"{name}, {amount}, draw {plan.Seed + draw}";
                    progress?.Invoke(new(work, 0, 1));
                    var clock = Stopwatch.StartNew();
                    var predictions = Predict(protocol, amount, draws[amount][draw], plan.Seed + draw, features, pixels, work);
                    results.Add(new(train.Images.Name, protocol == Protocol.Pixels ? "pixels" : plan.Recipe, name, amount.ToString(), plan.Seed + draw,
                        Accuracy.Top1(predictions, test.Labels), clock.Elapsed.TotalSeconds));
                    measured?.Invoke(results[^1]);
                }
        return results;
    }

    private int[] Predict(Protocol protocol, LabelAmount amount, int[] drawn, int seed, FeatureSet? features, Tensor? pixels, string work)
    {
        using var scope = TensorScope.Begin();
        int[] labels = [.. drawn.Select(index => train.Labels[index])];
        var classes = train.Classes.Length;
        switch (protocol)
        {
            case Protocol.Linear:
                using (var probe = LinearProbe.Fit(features!.Linear.Train(drawn), labels, classes, plan.Linear, cancellation))
                    return probe.Predict(features.Linear.Test);
            case Protocol.Neighbours:
                using (var neighbours = Neighbours.Fit(features!.Neighbours.Train(drawn), labels, classes, plan.Neighbours, cancellation))
                    return neighbours.Predict(features.Neighbours.Test);
            default:
                var options = plan.Pixels.For(TunedPixels.PerClassOf(amount, train));
                void Report(PixelProgress step) => progress?.Invoke(new(work, step.Step, step.Steps));
                using (var classifier = PixelClassifier.Fit(ImageTensors.Read(train.Images, drawn, plan.Fit), labels, classes, options, (ulong)seed, Report, cancellation))
                    return classifier.Predict(pixels!);
        }
    }

    // ---- Features, once for all draws ----

    private FeatureSet Features(IEnumerable<int[]> draws)
    {
        // Evenly over the training images, whatever their order; no label is looked at.
        var count = Math.Min(plan.ScalingImages, train.Images.Count);
        int[] unlabelled = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * train.Images.Count / count))];
        int[] needed = [.. draws.SelectMany(drawn => drawn).Concat(unlabelled).Distinct().Order()];
        int[] all = [.. Enumerable.Range(0, test.Images.Count)];
        GridPooling[] poolings = [plan.LinearFeatures.Pooling, plan.NeighbourFeatures.Pooling];
        if (!plan.Protocols.Contains(Protocol.Linear)) poolings[0] = poolings[1];
        if (!plan.Protocols.Contains(Protocol.Neighbours) || poolings[0] == poolings[1]) poolings = poolings[..1];
        var total = needed.Length + all.Length;
        var known = FeatureTable.Compute(plan.Extract!, train.Images, needed, plan.Fit, poolings, progress: done => progress?.Invoke(new("features", done, total)), cancellation: cancellation);
        var unseen = FeatureTable.Compute(plan.Extract!, test.Images, all, plan.Fit, poolings, progress: done => progress?.Invoke(new("features", needed.Length + done, total)), cancellation: cancellation);
        try
        {
            return new(new(known[0], unseen[0], unlabelled, plan.LinearFeatures.Scaling), new(known[^1], unseen[^1], unlabelled, plan.NeighbourFeatures.Scaling));
        }
        finally
        {
            foreach (var table in unseen) table.Dispose();
        }
    }

    private sealed record FeatureSet(ScaledFeatures Linear, ScaledFeatures Neighbours) : IDisposable
    {
        public void Dispose()
        {
            Linear.Dispose();
            Neighbours.Dispose();
        }
    }

    /// <summary>The features of one protocol, scaled by the statistics of unlabelled training images.</summary>
    private sealed class ScaledFeatures : IDisposable
    {
        private readonly FeatureTable known;
        private readonly FeatureScaling scaling;

        public ScaledFeatures(FeatureTable known, FeatureTable unseen, int[] unlabelled, FeatureScalingOptions options)
        {
            using var scope = TensorScope.Begin();
            this.known = known;
            scaling = FeatureScaling.Fit(known.Of(unlabelled), options);
            Test = TensorScope.Detach(scaling.Apply(unseen.Values));
        }

        public Tensor Test { get; }

        public Tensor Train(int[] drawn) => scaling.Apply(known.Of(drawn));

        public void Dispose()
        {
            known.Dispose();
            scaling.Dispose();
            Test.Dispose();
        }
    }
}
