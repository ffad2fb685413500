using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Inference.Suggesting;
using Foresee.Labels;

namespace Foresee.Studies;

/// <summary>
/// Is a suggested label worth more than one by chance? Each draw takes a pool of training images by chance; each rule chooses from it
/// without seeing a class, round by round, and is told the class of what it chose; a linear probe on them is measured on test images.
/// Rules of one draw have the same pool and the same seed, so their differences are paired.
/// </summary>
public sealed class SuggestionTrial : IDisposable
{
    private readonly LabelledSplits data;
    private readonly SuggestionTrialPlan plan;
    private readonly CancellationToken cancel;
    private readonly SuggestionFeatures features;
    private readonly FeatureTable test;
    private readonly string encoder, settings;

    /// <summary>Computes the features, once for all draws.</summary>
    /// <param name="name">Of the encoder in results.</param>
    /// <param name="data">With test images, or validation images in their place.</param>
    public SuggestionTrial(TrainedEncoder encoder, string name, LabelledSplits data, SuggestionTrialPlan plan,
        Action<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        plan.Validate(data.Train.Images.Count);
        (this.data, this.plan, this.cancel, this.encoder) = (data, plan, cancel, name);
        var measured = data.Test ?? throw new ImageDataException($"{data.Train.Images.Name} has no test part; name one.");
        settings = new Fingerprint(encoder.Input, encoder.Hash, data.Train, measured).Of(new Linear().With(plan.Pooling));
        features = new(encoder, data.Train.Images, plan.Pooling, plan.Threads, Report("training", data.Train.Images.Count), cancel);
        test = FeatureTable.Compute(encoder.Features, measured.Images, [.. Enumerable.Range(0, measured.Images.Count)], encoder.Input,
            [features.Form], plan.Threads, progress: Report("test", measured.Images.Count), cancellation: cancel)[0];

        Action<int> Report(string part, int of) => done => progress?.Invoke(new($"features of {part} images", done, of));
    }

    /// <summary>A row for each draw, rule and number of labels, as soon as it is known.</summary>
    public IEnumerable<EvaluationResult> Run()
    {
        for (var draw = plan.Seed; draw < plan.Seed + plan.Draws; draw++)
        {
            var pool = Drawn(draw);
            var rows = features.Rows(pool);
            foreach (var rule in plan.Rules)
                foreach (var row in Run(rule, draw, pool, rows)) yield return row;
        }
    }

    private int[] Drawn(int draw)
    {
        var all = new SeededOrder((ulong)draw).Permutation(data.Train.Images.Count);
        return [.. all.Take(plan.Pool).Order()];
    }

    private IEnumerable<EvaluationResult> Run(SuggestionRule? rule, int draw, int[] pool, FeatureRows rows)
    {
        var (chosen, clock, round) = (new List<int>(), Stopwatch.StartNew(), plan.Round ?? plan.Counts[0]);
        foreach (var count in plan.Counts)
        {
            while (chosen.Count < count)
            {
                cancel.ThrowIfCancellationRequested();
                var task = new SuggestionTask(rows, [.. chosen], Math.Min(round, count - chosen.Count))
                {
                    Rule = chosen.Count == 0 && rule == SuggestionRule.Margin ? SuggestionRule.Random : rule, // nothing to be unsure of yet
                    Probabilities = rule is null or SuggestionRule.Margin ? Probabilities(chosen, pool) : null,
                    Seed = draw,
                    Threads = plan.Threads,
                };
                var suggestions = Suggester.Choose(task, cancel);
                if (suggestions.Count == 0) break; // near-duplicates are left alone
                chosen.AddRange(suggestions.Select(suggestion => suggestion.Row));
            }
            using var probe = Probe(chosen, pool);
            yield return new(data.Train.Images.Name, encoder, $"linear, {SuggestionTrialPlan.NameOf(rule)}", $"{count}", draw,
                Accuracy.Top1(probe.Predict(test.Values), data.Test!.Labels), clock.Elapsed.TotalSeconds)
            { Settings = settings };
        }
    }

    private LinearProbe Probe(List<int> chosen, int[] pool)
    {
        int[] places = [.. chosen.Select(row => pool[row])];
        return features.Probe(places, Array.ConvertAll(places, place => data.Train.Labels[place]), data.Train.Classes.Length, cancel);
    }

    private ClassProbabilities? Probabilities(List<int> chosen, int[] pool)
    {
        if (chosen.Count == 0) return null;
        using var probe = Probe(chosen, pool);
        return features.Probabilities(probe, data.Train.Classes, pool);
    }

    public void Dispose()
    {
        features.Dispose();
        test.Dispose();
    }
}
