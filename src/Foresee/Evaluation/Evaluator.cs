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

    /// <param name="measured">Called with each result as soon as it is there, one at a time, on any thread.</param>
    /// <returns>All results; amounts in the outer, draws in the middle, protocols in the inner order.</returns>
    public static IReadOnlyList<EvaluationResult> Run(LabelledSplits data, EvaluationPlan plan, Action<EvaluationResult>? measured = null,
        Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default)
    {
        plan.Validate();
        var test = data.Test ?? throw new ImageDataException($"{data.Train.Images.Name} has no test part; name one with --test FOLDER.");
        return new Evaluator(data.Train, test, plan, progress, cancellation).Run(measured);
    }

    private IReadOnlyList<EvaluationResult> Run(Action<EvaluationResult>? measured)
    {
        using var scope = TensorScope.Begin();
        var draws = plan.Amounts.ToDictionary(amount => amount, amount => Enumerable.Range(plan.Seed, plan.Draws).Select(seed => LabelDraw.Take(train.Labels, amount, seed)).ToArray());
        using var features = plan.Extract is null || plan.Protocols.All(p => p == Protocol.Pixels) ? null : Features(draws.Values.SelectMany(d => d));
        using var pixels = plan.Protocols.Contains(Protocol.Pixels) ? ImageTensors.Read(test.Images, [.. Enumerable.Range(0, test.Images.Count)], plan.Fit) : null;
        List<Job> jobs = [.. from amount in plan.Amounts from draw in Enumerable.Range(0, plan.Draws) from protocol in plan.Protocols select new Job(protocol, amount, draw)];
        // The longest first, so that no thread is left alone with one at the end.
        var order = jobs.Index().OrderByDescending(job => draws[job.Item.Amount][job.Item.Draw].Length).ToList();
        var results = new EvaluationResult[jobs.Count];
        var gate = new Lock();
        Engine.SideBySide(order.Count, i =>
        {
            var (place, job) = order[i];
            results[place] = Measure(job, draws[job.Amount][job.Draw], features, pixels, gate);
            lock (gate) measured?.Invoke(results[place]);
        }, cancellation);
        return [.. results];
    }

    private sealed record Job(Protocol Protocol, LabelAmount Amount, int Draw);

    private EvaluationResult Measure(Job job, int[] drawn, FeatureSet? features, Tensor? pixels, Lock gate)
    {
        var name = job.Protocol.ToString().ToLowerInvariant();
        var seed = plan.Seed + job.Draw;
        void Report(int done, int of)
        {
            lock (gate) progress?.Invoke(new($"{name}, {job.Amount}, draw {seed}", done, of));
        }
        Report(0, 1);
        var clock = Stopwatch.StartNew();
        var predictions = Predict(job.Protocol, job.Amount, drawn, seed, features, pixels, Report);
        return new(train.Images.Name, job.Protocol == Protocol.Pixels ? "pixels" : plan.Recipe, name, job.Amount.ToString(), seed,
            Accuracy.Top1(predictions, test.Labels), clock.Elapsed.TotalSeconds);
    }

    private int[] Predict(Protocol protocol, LabelAmount amount, int[] drawn, int seed, FeatureSet? features, Tensor? pixels, Action<int, int> report)
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
                using (var classifier = PixelClassifier.Fit(ImageTensors.Read(train.Images, drawn, plan.Fit), labels, classes, options, (ulong)seed, step => report(step.Step, step.Steps), cancellation))
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
