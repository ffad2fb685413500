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

    /// <param name="measured">Called with each new result as soon as it is there, one at a time, on any thread.</param>
    /// <param name="earlier">Results that may be taken over; those of other images, encoders, settings or programs are not.</param>
    /// <param name="kept">Called once, before anything is measured, with what of them is taken over.</param>
    /// <returns>All results; amounts in the outer, draws in the middle, protocols in the inner order.</returns>
    public static IReadOnlyList<EvaluationResult> Run(LabelledSplits data, EvaluationPlan plan, Action<EvaluationResult>? measured = null,
        Action<EvaluationProgress>? progress = null, CancellationToken cancellation = default,
        IReadOnlyList<EvaluationResult>? earlier = null, Action<IReadOnlyList<EvaluationResult>>? kept = null)
    {
        plan.Validate();
        var test = data.Test ?? throw new ImageDataException($"{data.Train.Images.Name} has no test part; name one with --test FOLDER.");
        var jobs = Jobs(plan, data.Train, test);
        var same = (earlier ?? []).Where(row => row.Fingerprint.Length > 0).GroupBy(Place).ToDictionary(rows => rows.Key, rows => rows.Last());
        var results = Array.ConvertAll(jobs, job => same.GetValueOrDefault(job.Row));
        kept?.Invoke([.. results.OfType<EvaluationResult>()]);
        // With all labels there is nothing to draw for what takes features as they are: one of the draws is measured, the others are it.
        var twins = jobs.Index().Where(job => job.Item.Row.DrawsNothing).ToLookup(job => job.Item.Protocol, job => job.Index);
        int[] Same(int place) => jobs[place].Row.DrawsNothing ? [.. twins[jobs[place].Protocol]] : [place];
        int[] open = [.. Enumerable.Range(0, jobs.Length).Where(place => results[place] is null && Same(place).Where(other => results[other] is null).First() == place)];
        if (open.Length > 0)
            new Evaluator(data.Train, test, plan with { Protocols = [.. open.Select(place => jobs[place].Protocol).Distinct()] }, progress, cancellation)
                .Run(Array.ConvertAll(open, place => jobs[place]), (i, result) =>
                {
                    foreach (var place in Same(open[i]).Where(place => results[place] is null))
                    {
                        results[place] = result with { Draw = jobs[place].Row.Draw };
                        measured?.Invoke(results[place]!);
                    }
                });
        return [.. results!];
    }

    /// <param name="Row">Its result, without what is measured.</param>
    private sealed record Job(Protocol Protocol, LabelAmount Amount, EvaluationResult Row);

    private static EvaluationResult Place(EvaluationResult result) => result with { Top1 = 0, Seconds = 0 };

    private static Job[] Jobs(EvaluationPlan plan, LabelledImages train, LabelledImages test)
    {
        var marks = (from amount in plan.Amounts from protocol in plan.Protocols select (protocol, amount)).Distinct()
            .ToDictionary(pair => pair, pair => Fingerprint.Of(pair.protocol, pair.amount, plan, train, test));
        return
        [
            .. from amount in plan.Amounts
               from draw in Enumerable.Range(plan.Seed, plan.Draws)
               from protocol in plan.Protocols
               let recipe = protocol == Protocol.Pixels ? "pixels" : plan.Recipe
               select new Job(protocol, amount, new(train.Images.Name, recipe, protocol.ToString().ToLowerInvariant(), amount.ToString(), draw, 0, 0) { Fingerprint = marks[(protocol, amount)] }),
        ];
    }

    private void Run(Job[] jobs, Action<int, EvaluationResult> measured)
    {
        using var scope = TensorScope.Begin();
        var draws = jobs.Select(job => (job.Amount, job.Row.Draw)).Distinct().ToDictionary(draw => draw, draw => LabelDraw.Take(train.Labels, draw.Amount, draw.Draw, train.Classes));
        using var features = plan.Protocols.Any(EvaluationPlan.TakesFeatures) ? Features(draws.Values) : null;
        using var scalings = Scalings();
        using var shared = plan.Protocols.Contains(Protocol.Streamed) ? plan.Copy!() : null;
        using var pixels = plan.Protocols.Any(p => p == Protocol.Pixels || EvaluationPlan.TrainsOnImages(p)) ? ImageTensors.Read(test.Images, [.. Enumerable.Range(0, test.Images.Count)], plan.Input) : null;
        // The longest first, so that no thread is left alone with one at the end.
        int Labels(Job job) => draws[(job.Amount, job.Row.Draw)].Length;
        var order = jobs.Index().OrderByDescending(job => Work(job.Item, Labels(job.Item))).ThenByDescending(job => Labels(job.Item)).ToList();
        var gate = new Lock();
        Engine.ParallelJobs(order.Count, i =>
        {
            var (place, job) = order[i];
            var result = Measure(job, draws[(job.Amount, job.Row.Draw)], features, scalings, shared, pixels, gate);
            lock (gate) measured(place, result);
        }, cancellation);
    }

    /// <summary>Of training the rival, in proportion; beside it all others are short.</summary>
    private double Work(Job job, int labels)
    {
        if (job.Protocol != Protocol.Pixels) return 0;
        var options = plan.Pixels.For(TunedBaseline.PerClassOf(job.Amount, train));
        return options.StepsFor(labels) * options.StepWork;
    }

    private EvaluationResult Measure(Job job, int[] drawn, FeatureSet? features, PooledScalings scalings, TrainedEncoder? shared, Tensor? pixels, Lock gate)
    {
        void Report(int done, int of)
        {
            lock (gate) progress?.Invoke(new($"{job.Row.Protocol}, {job.Amount}, draw {job.Row.Draw}", done, of));
        }
        Report(0, 1);
        var clock = Stopwatch.StartNew();
        var predictions = Predict(job.Protocol, job.Amount, drawn, job.Row.Draw, features, scalings, shared, pixels, Report);
        return job.Row with { Top1 = Accuracy.Top1(predictions, test.Labels), Seconds = clock.Elapsed.TotalSeconds };
    }

    private int[] Predict(Protocol protocol, LabelAmount amount, int[] drawn, int seed, FeatureSet? features, PooledScalings scalings, TrainedEncoder? shared, Tensor? pixels, Action<int, int> report)
    {
        using var scope = TensorScope.Begin();
        int[] labels = [.. drawn.Select(index => train.Labels[index])];
        var classes = train.Classes.Length;
        switch (protocol)
        {
            case Protocol.Linear:
                using (var probe = LinearProbe.Fit(features!.Of(protocol).Train(drawn), labels, classes, plan.Linear, cancellation))
                    return probe.Predict(features.Of(protocol).Test);
            case Protocol.Neighbours:
                using (var neighbours = Neighbours.Fit(features!.Of(protocol).Train(drawn), labels, classes, plan.Neighbours, cancellation))
                    return neighbours.Predict(features.Of(protocol).Test);
            case Protocol.Spreading:
                return features!.Graph!.Predict(features.Of(protocol).Train(drawn), labels, classes, features.Of(protocol).Test, plan.Linear, cancellation);
            case Protocol.Streamed:
                using (var probe = SgdLinearProbe.Fit(shared!, train, drawn, plan.Streamed, (ulong)seed, step => report(step.Step, step.Steps), cancellation))
                    return probe.Predict(test.Images, cancellation: cancellation);
            case Protocol.Frozen or Protocol.FineTuned or Protocol.Scratch:
                var (network, settings) = (plan.Copy!(), plan.SettingsOf(protocol));
                network.Compute(plan.Compute);
                if (protocol == Protocol.Scratch) network.Forget((ulong)seed);
                // Nothing pretrained reaches the network without pretraining, not even the scale of its features.
                using (var own = protocol == Protocol.Scratch ? Scaling(network, settings.Pooling) : null)
                using (var classifier = FineTuning.Fit(network, ImageTensors.Read(train.Images, drawn, plan.Input), labels, classes, own ?? scalings.Of(settings.Pooling), settings, plan.Linear, (ulong)seed, step => report(step.Step, step.Steps), cancellation))
                    return classifier.Predict(pixels!);
            default:
                var options = plan.Pixels.For(TunedBaseline.PerClassOf(amount, train));
                using (var classifier = SupervisedBaseline.Fit(ImageTensors.Read(train.Images, drawn, plan.Input), labels, classes, options, (ulong)seed, step => report(step.Step, step.Steps), cancellation))
                    return classifier.Predict(pixels!);
        }
    }

    // ---- Features, once for all draws ----

    private FeatureSet Features(IEnumerable<int[]> draws)
    {
        int[] scaling = Evenly(plan.ScalingImages), all = [.. Enumerable.Range(0, test.Images.Count)];
        int[] needed = [.. draws.SelectMany(drawn => drawn).Concat(scaling).Distinct().Order()];
        Protocol[] frozen = [.. plan.Protocols.Where(EvaluationPlan.TakesFeatures)];
        GridPooling[] poolings = [.. frozen.Select(p => plan.FeaturesOf(p).Pooling).Distinct()];
        var graph = frozen.Contains(Protocol.Spreading) ? Evenly(plan.Spreading.Images) : [];
        var (done, total) = (0, needed.Length + all.Length + graph.Length);

        FeatureTable[] Table(LabelledImages source, int[] indices, GridPooling[] kept, FeatureScaling? scaled = null)
        {
            var tables = FeatureTable.Compute(plan.Extract!, source.Images, indices, plan.Input, kept, scaled, progress: n => progress?.Invoke(new("features", done + n, total)), cancellation: cancellation);
            done += indices.Length;
            return tables;
        }

        FeatureTable[] known = Table(train, needed, poolings), unseen = Table(test, all, poolings);
        try
        {
            var protocols = frozen.ToDictionary(p => p, p =>
            {
                var options = plan.FeaturesOf(p);
                var place = Array.IndexOf(poolings, options.Pooling);
                return new ScaledFeatures(known[place], unseen[place], scaling, options.Scaling);
            });
            if (graph.Length == 0) return new(protocols, known, null);
            using var images = Table(train, graph, [plan.SpreadingFeatures.Pooling], protocols[Protocol.Spreading].Scaling)[0];
            return new(protocols, known, new(images.Values.Clone(), plan.Spreading, cancellation));
        }
        finally
        {
            foreach (var table in unseen) table.Dispose();
        }
    }

    private FeatureScaling Scaling(TrainedEncoder network, GridPooling pooling)
    {
        using var scope = TensorScope.Begin();
        return FeatureScaling.Fit(FineTuning.Pooled(network, ImageTensors.Read(train.Images, Evenly(plan.ScalingImages), plan.Input), pooling), new());
    }

    /// <summary>For heads on the pretrained grid, by how they pool it.</summary>
    private PooledScalings Scalings()
    {
        GridPooling[] poolings = [.. plan.Protocols.Where(p => EvaluationPlan.TrainsOnImages(p) && p != Protocol.Scratch).Select(p => plan.SettingsOf(p).Pooling).Distinct()];
        if (poolings.Length == 0) return new([]);
        var tables = FeatureTable.Compute(plan.Extract!, train.Images, Evenly(plan.ScalingImages), plan.Input, poolings, cancellation: cancellation);
        try
        {
            return new(poolings.Zip(tables).ToDictionary(pair => pair.First, pair => FeatureScaling.Fit(pair.Second.Values, new())));
        }
        finally
        {
            foreach (var table in tables) table.Dispose();
        }
    }

    private sealed class PooledScalings(Dictionary<GridPooling, FeatureScaling> scalings) : IDisposable
    {
        public FeatureScaling Of(GridPooling pooling) => scalings[pooling];

        public void Dispose()
        {
            foreach (var scaling in scalings.Values) scaling.Dispose();
        }
    }

    /// <summary>Evenly over the training images, whatever their order; no label is looked at.</summary>
    private int[] Evenly(int count)
    {
        count = Math.Min(count, train.Images.Count);
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * train.Images.Count / count))];
    }

    private sealed class FeatureSet(Dictionary<Protocol, ScaledFeatures> protocols, FeatureTable[] known, LabelSpreading? graph) : IDisposable
    {
        public LabelSpreading? Graph => graph;

        public ScaledFeatures Of(Protocol protocol) => protocols[protocol];

        public void Dispose()
        {
            foreach (var features in protocols.Values) features.Dispose();
            foreach (var table in known) table.Dispose();
            graph?.Dispose();
        }
    }

    /// <summary>The features of one protocol, scaled by the statistics of unlabelled training images.</summary>
    private sealed class ScaledFeatures : IDisposable
    {
        private readonly FeatureTable known;

        public ScaledFeatures(FeatureTable known, FeatureTable unseen, int[] unlabelled, FeatureScalingOptions options)
        {
            using var scope = TensorScope.Begin();
            this.known = known;
            Scaling = FeatureScaling.Fit(known.Of(unlabelled), options);
            Test = TensorScope.Detach(Scaling.Apply(unseen.Values));
        }

        public FeatureScaling Scaling { get; }
        public Tensor Test { get; }

        public Tensor Train(int[] drawn) => Scaling.Apply(known.Of(drawn));

        public void Dispose()
        {
            Scaling.Dispose();
            Test.Dispose();
        }
    }
}
