using Foresee.Images;

namespace Foresee.Fitting;

/// <summary>What the parts of a fit share: its question, its clock, what was scored, and whom to tell.</summary>
internal sealed class FitSession(FitOptions options, FitContext context, FitData data, ReadableImages unlabelled, Folds folds, FitPlan plan,
    TimeBudget budget, IFitView view, CancellationToken cancel)
{
    private readonly Lock gate = new();
    private readonly Dictionary<Candidate, SortedDictionary<int, FoldScore>> scores = [];

    public FitOptions Options => options;
    public FitContext Context => context;
    public FitData Data => data;
    public ReadableImages Unlabelled => unlabelled;
    public string[] UnlabelledKeys { get; } = ImageKeys.Of(unlabelled);
    public Folds Folds => folds;
    public FitPlan Plan => plan;
    public TimeBudget Budget => budget;
    public IFitView View => view;
    public CancellationToken Cancel => cancel;
    public FoldStore Store { get; } = new(context.Work("folds"));

    /// <summary>What was not scored, or not to its end, and why.</summary>
    public List<LeftOut> LeftOut { get; } = [];

    /// <summary>Scored, but a fit with all labels would not end in time.</summary>
    public HashSet<Candidate> TooSlow { get; } = [];

    /// <summary>Points expected before any label was asked.</summary>
    public double Expected(Candidate candidate) =>
        PriorGains.Of(candidate.Kind, candidate.Protocol.Name, data.LabelsPerClass, data.Input.Channels);

    /// <summary>The best first.</summary>
    public IReadOnlyList<Standing> Standings()
    {
        lock (gate)
            return scores.Count == 0 ? [] : Fitting.Standings.Of(
                scores.ToDictionary(pair => pair.Key, pair => (IReadOnlyList<FoldScore>)[.. pair.Value.Values]), data.Labelled.Labels,
                Expected);
    }

    public IReadOnlyList<FoldScore> ScoresOf(Candidate candidate)
    {
        lock (gate) return scores.TryGetValue(candidate, out var known) ? [.. known.Values] : [];
    }

    public void Add(FoldScore score, bool isNew)
    {
        lock (gate)
        {
            if (!scores.TryGetValue(score.Candidate, out var known)) scores[score.Candidate] = known = [];
            known[score.Fold] = score;
        }
        if (!isNew) return;
        var held = new HeldOutPredictions(score.Held, [.. score.Held.Select(image => data.Labelled.Labels[image])], score.Probabilities);
        view.Scored(score, folds.Count, 100.0 * held.Right / held.Labels.Length);
        budget.Keep();
    }

    /// <summary>All held-out images of a candidate, fold by fold.</summary>
    public HeldOutPredictions Predictions(Candidate candidate) =>
        HeldOutPredictions.Of(ScoresOf(candidate), data.Labelled.Labels);

    /// <summary>Null where nothing was held out.</summary>
    public Interval95? AccuracyOf(Candidate candidate) => Predictions(candidate) is { Labels.Length: > 0 and var count } held
        ? Interval95.OfShare(held.Right, count) : null;

    public void Leave(string start, string? protocol, string reason)
    {
        LeftOut.Add(new(start, protocol, reason));
        view.Tell($"{start}{(protocol is null ? "" : $", {protocol}")}: {reason}");
    }

    /// <summary>What is being done; keeps the account of time.</summary>
    public void Report(string work, double done = 0, double of = 1)
    {
        view.Progress(new(work, done, of, double.IsFinite(budget.All) ? budget.Left : null, Standings()));
        budget.Keep();
    }
}

/// <param name="Protocol">Null where it is the whole start.</param>
public sealed record LeftOut(string Start, string? Protocol, string Reason);
