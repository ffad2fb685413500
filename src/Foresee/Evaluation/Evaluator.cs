using System.Diagnostics;
using System.Text.Json;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Evaluation;

/// <summary>
/// Measures protocols against each other on the same draws of labels: it schedules what they fit. Test images are only ever predicted.
/// </summary>
public sealed class Evaluator
{
    private readonly LabelledImages train, test;
    private readonly EvaluationPlan plan;
    private readonly Action<EvaluationProgress>? progress;
    private readonly CancellationToken cancellation;
    private readonly Lock gate = new();

    private Evaluator(LabelledImages train, LabelledImages test, EvaluationPlan plan, Action<EvaluationProgress>? progress,
        CancellationToken cancellation) =>
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
        if (plan.Group is { } group)
        {
            group.ExpectSame("the encoder, the labelled images or the program",
                JsonSerializer.SerializeToUtf8Bytes(jobs.Select(job => job.Row)));
            earlier = JsonSerializer.Deserialize<EvaluationResult[]>(group.Share(JsonSerializer.SerializeToUtf8Bytes(earlier ?? [])));
        }
        var same = (earlier ?? []).Where(row => row.Settings.Length > 0).GroupBy(Place).ToDictionary(rows => rows.Key, rows => rows.Last());
        var results = Array.ConvertAll(jobs, job => same.GetValueOrDefault(job.Row));
        kept?.Invoke([.. results.OfType<EvaluationResult>()]);
        // With all labels, protocols on frozen features give the same result in every draw, so one draw is measured and copied.
        var twins = jobs.Index().Where(job => job.Item.Row.DrawsNothing).ToLookup(job => job.Item.Row.Protocol, job => job.Index);
        int[] Same(int place) => jobs[place].Row.DrawsNothing ? [.. twins[jobs[place].Row.Protocol]] : [place];
        bool IsOpen(int place) => results[place] is null && Same(place).First(other => results[other] is null) == place;
        int[] open = [.. Enumerable.Range(0, jobs.Length).Where(IsOpen)];
        if (open.Length > 0)
            new Evaluator(data.Train, test, plan, progress, cancellation).Run(Array.ConvertAll(open, place => jobs[place]), (i, result) =>
            {
                foreach (var place in Same(open[i]).Where(place => results[place] is null))
                {
                    results[place] = result with { Draw = jobs[place].Row.Draw };
                    measured?.Invoke(results[place]!);
                }
            });
        return [.. results!];
    }

    /// <param name="Protocol">With the options for this amount.</param>
    /// <param name="Row">Its result, without what is measured.</param>
    private sealed record Job(IProtocol Protocol, LabelAmount Amount, EvaluationResult Row);

    private static EvaluationResult Place(EvaluationResult result) => result with { Value = 0, Seconds = 0 };

    private static Job[] Jobs(EvaluationPlan plan, LabelledImages train, LabelledImages test)
    {
        using var encoder = plan.Protocols.Any(p => p.NeedsEncoder) ? plan.NewEncoder!() : null;
        var upright = !plan.Protocols.Any(protocol => protocol is ITrainsInPrecision)
            || PixelStatistics.IsUpright(train.Images, plan.Input);
        var fingerprint = new Fingerprint(plan.Input, encoder?.Hash, train, test);
        IEnumerable<Job> Of(LabelAmount amount)
        {
            var setting = new EvaluationSetting(plan.Input.Channels, TunedBaseline.PerClassOf(amount, train), plan.Compute)
            {
                Features = encoder?.Width ?? 0,
                Pretraining = plan.Pretraining,
                Upright = upright,
            };
            var protocols = plan.Protocols.Select(protocol => protocol.Resolve(setting))
                .Select(protocol => (Resolved: protocol, Mark: fingerprint.Of(protocol))).ToList();
            return from draw in Enumerable.Range(plan.Seed, plan.Draws)
                   from protocol in protocols
                   select new Job(protocol.Resolved, amount,
                       new(train.Images.Name, protocol.Resolved.EncoderName(plan.Encoder), protocol.Resolved.Name, amount.ToString(), draw,
                       0, 0)
                       { Settings = protocol.Mark });
        }
        return [.. plan.Amounts.SelectMany(Of)];
    }

    private void Run(Job[] jobs, Action<int, EvaluationResult> measured)
    {
        using var scope = TensorScope.Begin();
        var draws = jobs.Select(job => (job.Amount, job.Row.Draw)).Distinct()
            .ToDictionary(draw => draw, draw => LabelDraw.Take(train.Labels, draw.Amount, draw.Draw, train.Classes));
        int[] Drawn(Job job) => draws[(job.Amount, job.Row.Draw)];
        using var images = new MeasuredImages(test.Images, plan.Input);
        using var shared = SharedFeatures.Compute([.. jobs.Select(job => job.Protocol).Distinct()], train.Images,
            [.. draws.Values.SelectMany(drawn => drawn)],
            train.Images, plan.Input, plan.Threads, plan.NewEncoder, images, progress, cancellation, group: plan.Group);
        // The longest first, so that no thread is left alone with one at the end.
        var order = jobs.Index().OrderByDescending(job => job.Item.Protocol.Work(Drawn(job.Item).Length))
            .ThenByDescending(job => Drawn(job.Item).Length).ToList();
        var ranks = plan.Group?.Ranks ?? 1;
        var threads = Math.Max(1, plan.Threads / Math.Min(plan.Threads, (order.Count + ranks - 1) / ranks));
        SharedJobs.Run(plan.Group, order.Count, (i, cancel) =>
        {
            var job = order[i].Item;
            return JsonSerializer.SerializeToUtf8Bytes(Measure(job, Drawn(job), shared, images, threads, cancel));
        }, (i, result) =>
        {
            lock (gate) measured(order[i].Index, JsonSerializer.Deserialize<EvaluationResult>(result)!);
        }, plan.Threads, cancellation);
    }

    private EvaluationResult Measure(Job job, int[] drawn, SharedFeatures shared, MeasuredImages images, int threads,
        CancellationToken cancel)
    {
        void Report(int done, int of)
        {
            lock (gate) progress?.Invoke(new($"{job.Row.Protocol}, {job.Amount}, draw {job.Row.Draw}", done, of));
        }
        Report(0, 1);
        using var scope = TensorScope.Begin();
        var clock = Stopwatch.StartNew();
        var task = new ClassifierTask(train.Only(drawn, train.Images.Name), drawn, train.Images, shared, job.Row.Draw)
        {
            Threads = threads,
            Progress = step => Report(step.Step, step.Steps),
        };
        using var classifier = job.Protocol.Fit(task, cancel);
        var predictions = classifier.Predict(images, threads, cancel);
        return job.Row with { Value = Accuracy.Top1(predictions, test.Labels), Seconds = clock.Elapsed.TotalSeconds };
    }
}
