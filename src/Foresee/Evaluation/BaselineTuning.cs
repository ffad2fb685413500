using System.Diagnostics;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <param name="Minutes">For all amounts together; the search ends with the trial that passes it.</param>
/// <param name="Candidates">Settings tried per amount in the first round; each later round keeps the best third on one more draw.</param>
/// <param name="ValidationShare">Of each class, its last images: no label is drawn from them, all trials are measured on them.</param>
/// <param name="ValidationLimit">At most so many validation images, evenly taken.</param>
public sealed record BaselineTuningOptions(double Minutes = 60, int Candidates = 18, int Seed = 0,
    double ValidationShare = ValidationSplit.Share, int ValidationLimit = ValidationSplit.Limit)
{
    public static SupervisedBaselineOptions Start => new();

    /// <summary>
    /// Settings found elsewhere; the best of the amount before is the first candidate, then those for the amount and <see cref="Start"/>,
    /// the others are drawn.
    /// </summary>
    public TunedBaseline Known { get; init; } = TunedBaseline.FashionMnist();
}

/// <summary>
/// Searches the settings of the supervised baseline for each amount of labels, by random search in rounds of successive halving
/// (Jamieson and Talwalkar 2016), on images of the training part only. The validation images are far more than a user with so few
/// labels would have: the rival gets the best settings that can be known, which the other protocols don't.
/// </summary>
public sealed class BaselineTuning
{
    private const int Rounds = 3, Survivors = 3;
    private readonly LabelledImages data;
    private readonly InputFormat fit;
    private readonly BaselineTuningOptions options;
    private readonly int threads;
    private readonly string evidence, identity;
    private readonly bool upright;
    private readonly Dictionary<string, BaselineTrial> known = [];
    private readonly int[] pool, validation;

    /// <param name="evidence">CSV file to which each trial is appended; those of the same images that it already holds are not run
    /// again.</param>
    /// <param name="threads">Trials that run side by side.</param>
    public BaselineTuning(LabelledImages data, InputFormat fit, BaselineTuningOptions options, string evidence, int threads)
    {
        (this.data, this.fit, this.options, this.evidence, this.threads) = (data, fit, options, evidence, threads);
        upright = PixelStatistics.IsUpright(data.Images, fit);
        identity = Fingerprint.OfData(data, fit) + (upright ? "" : " turned"); // trials of before did not turn them
        (pool, validation) = ValidationSplit.Of(data.Labels, options.ValidationShare, options.ValidationLimit);
        if (File.Exists(evidence))
            foreach (var trial in BaselineTrial.Read(evidence).Where(trial => trial.Data == identity)) known[trial.Key] = trial;
    }

    /// <summary>The best settings for each amount: of those on most draws, the highest mean accuracy.</summary>
    public IReadOnlyDictionary<LabelAmount, SupervisedBaselineOptions> Run(IReadOnlyList<LabelAmount> amounts,
        Action<BaselineTrial>? progress = null, CancellationToken cancellation = default)
    {
        var best = new Dictionary<LabelAmount, SupervisedBaselineOptions>();
        using var images = ImageTensors.Read(data.Images, validation, fit);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < amounts.Count; i++)
            best[amounts[i]] = Search(amounts[i], i > 0
                ? [Longer(best[amounts[i - 1]], amounts[i - 1], amounts[i])]
                : [], images, TimeSpan.FromMinutes(options.Minutes * (i + 1) / amounts.Count), clock, progress, cancellation);
        return best;
    }

    /// <summary>More labels are worth more steps: by the root of their number, from 50 per class on.</summary>
    private double Length(LabelAmount amount) => Math.Sqrt(Math.Max(1, TunedBaseline.PerClassOf(amount, data) / 50));

    private SupervisedBaselineOptions Longer(SupervisedBaselineOptions settings, LabelAmount from, LabelAmount to) =>
        settings with { Steps = Tens(settings.Steps * Length(to) / Length(from)) };

    private static int Tens(double steps) => Math.Max(10, 10 * (int)Math.Round(steps / 10));

    private SupervisedBaselineOptions Search(LabelAmount amount, SupervisedBaselineOptions[] before, Tensor images, TimeSpan until,
        Stopwatch clock, Action<BaselineTrial>? progress, CancellationToken cancellation)
    {
        var random = new SeededOrder((ulong)options.Seed, (ulong)(amount.Value * 1000));
        SupervisedBaselineOptions[] first = [.. before, options.Known.For(TunedBaseline.PerClassOf(amount, data)),
            BaselineTuningOptions.Start];
        // The quick ones before the slow ones, so that the end of the time cuts off as few as can be.
        var drawn = Enumerable.Range(0, Math.Max(0, options.Candidates - first.Length)).Select(_ => Draw(random, Length(amount)))
            .OrderBy(candidate => candidate.Steps * candidate.StepWork);
        SupervisedBaselineOptions[] candidates = [.. first.Concat(drawn).Take(options.Candidates).Distinct()];
        for (var round = 0; round < Rounds; round++)
        {
            Engine.ParallelJobs(candidates.Length, i =>
            {
                if (round + i == 0 || clock.Elapsed < until) Try(amount, candidates[i], round, images, progress, cancellation);
            }, cancellation, threads);
            if (clock.Elapsed >= until) break;
            candidates = [.. Best(amount).Take(Math.Max(2, candidates.Length / Survivors))];
        }
        return Best(amount).First();
    }

    /// <summary>
    /// Of all trials, also those that the evidence held before: a search with less time must not end with worse settings.
    /// </summary>
    private IEnumerable<SupervisedBaselineOptions> Best(LabelAmount amount) =>
        known.Values.Where(t => t.Labels == amount).GroupBy(t => t.Options)
        .OrderByDescending(g => g.Select(t => t.Draw).Distinct().Count()).ThenByDescending(g => g.Average(t => t.Accuracy))
        .Select(g => g.Key);

    private void Try(LabelAmount amount, SupervisedBaselineOptions candidate, int draw, Tensor images, Action<BaselineTrial>? progress,
        CancellationToken cancellation)
    {
        var trial = new BaselineTrial(amount, candidate, draw, 0, 0) { Data = identity };
        lock (known)
            if (known.ContainsKey(trial.Key)) return;
        using var scope = TensorScope.Begin();
        var clock = Stopwatch.StartNew();
        int[] drawn = [.. LabelDraw.Take([.. pool.Select(i => data.Labels[i])], amount, draw, data.Classes).Select(i => pool[i])];
        using (var labelled = ImageTensors.Read(data.Images, drawn, fit))
        using (var classifier = SupervisedBaseline.Fit(labelled, [.. drawn.Select(i => data.Labels[i])], data.Classes.Length,
            candidate.For(upright), (ulong)draw, null, cancellation))
            trial = trial with { Accuracy = Accuracy.Top1(classifier.Predict(images), [.. validation.Select(i => data.Labels[i])]) };
        trial = trial with { Seconds = clock.Elapsed.TotalSeconds };
        lock (known)
        {
            if (!File.Exists(evidence)) File.WriteAllText(evidence, BaselineTrial.Header + "\n");
            File.AppendAllText(evidence, trial.ToCsv() + "\n");
            known[trial.Key] = trial;
            progress?.Invoke(trial);
        }
    }

    /// <summary>One point of the search space; rates are even over their logarithm.</summary>
    private static SupervisedBaselineOptions Draw(SeededOrder random, double length)
    {
        var warp = Choose(random, 0, 0.5, 1);
        return BaselineTuningOptions.Start with
        {
            Width = Choose(random, 16, 24, 32, 48),
            Depth = Choose(random, 1, 1, 2),
            LearningRate = Choose(random, 1e-3, 2e-3, 3e-3, 5e-3, 8e-3, 12e-3),
            WeightDecay = Choose(random, 0.01, 0.05, 0.2, 0.5, 1, 2),
            Steps = Tens(length * Choose(random, 200, 400, 800, 1200)),
            Dropout = Choose(random, 0, 0.2, 0.4),
            LabelSmoothing = Choose(random, 0, 0.1, 0.2),
            Augmentation = new(Shift: Choose(random, 0.07, 0.12), Rotation: 10 * warp, Scale: 0.15 * warp, Cutout: Choose(random, 0, 0.25),
                Fill: Choose(random, EdgeFill.Black, EdgeFill.Mirror)),
        };
    }

    private static T Choose<T>(SeededOrder random, params T[] choices) => choices[random.Below(choices.Length)];
}
