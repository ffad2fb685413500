namespace Foresee.Fitting;

/// <summary>A choice and its accuracy in words.</summary>
internal static class Choice
{
    /// <param name="images">That were held out of the chosen one.</param>
    /// <param name="tooSlow">What can't be learnt from all labels in time.</param>
    public static string InWords(IReadOnlyList<Standing> standings, Standing chosen, int images, IReadOnlySet<Candidate> tooSlow)
    {
        var text = $"chosen: {chosen.Candidate}, {chosen.Accuracy} of {images} images held out in {chosen.Folds} folds";
        if (standings.Count == 1) return $"{text}; nothing else could be scored.";
        var next = standings.First(standing => standing.Candidate != chosen.Candidate);
        var points = chosen.Ahead - next.Ahead;
        if (points < 0 && tooSlow.Contains(next.Candidate))
            return FormattableString.Invariant($"{text}; {next.Candidate} is about {-points:0.0} points ahead, but learning it from all ")
                + "labels would not end in time.";
        if (points < 0) return $"{text}; {next.Candidate} is as good by all that can be told, and takes longer.";
        var highest = standings.Where(standing => standing.Images == chosen.Images).MaxBy(standing => standing.Accuracy!.Value.Mean)!;
        return text + (highest.Candidate != chosen.Candidate && highest.Accuracy!.Value.Mean > chosen.Accuracy!.Value.Mean
            ? FormattableString.Invariant($"; {highest.Candidate} told {highest.Accuracy.Value.Mean:0.0} % of them right, which so few ")
                + $"images can't tell from chance, and {chosen.Candidate} did better elsewhere"
            : FormattableString.Invariant($"; about {points:0.0} points ahead of {next.Candidate}")) + ".";
    }

    public static string How(FitSession session, Candidate candidate, HeldOutPredictions? held, int scored)
    {
        if (held is null) return "not measured: with one label per class no image can be held out";
        var folds = scored >= session.Folds.Count ? $"{scored}-fold cross-validation" : $"{scored} of {session.Folds.Count} folds";
        var candidates = session.Standings().Count;
        return $"{held.Labels.Length} labelled images, each told by a classifier of {folds} that had not learnt from it; "
            + (candidates > 1 ? $"the best of {candidates} candidates on the same images, so a little hopeful, and " : "")
            + "the classifier in use has learnt from all labels, so a little modest; Wilson's 95 % interval";
    }
}
