using Foresee.Evaluation;
using Foresee.Studies;

namespace Foresee.Fitting;

/// <summary>Scores all protocols on one encoder: the cheap ones on all folds, then those that train it, where the time allows.</summary>
internal sealed class StartScoring(FitSession session, EncoderInUse start)
{
    /// <summary>Share of the time for the cheap protocols of one start.</summary>
    public const double CheapShare = 0.08;

    /// <summary>Folds of a protocol that costs minutes: two tell as much as five when the time is better spent on pretraining.</summary>
    public const int DearFolds = 2;

    /// <summary>Of the seconds of a fit that must be left for one with all labels; the clock of a shared machine is rough.</summary>
    private const double Slack = 0.8;

    private string[] Parts => [.. start.Parts];

    /// <param name="reserve">Seconds that must be left for what comes after.</param>
    public void Run(double reserve)
    {
        var all = start.Suited(session.Options.Protocols);
        Candidate[] cheap = [.. all.Where(Candidates.IsCheap).Select(Of)];
        if (cheap.Length > 0)
        {
            using var shared = start.Share([.. cheap.Select(candidate => candidate.Protocol)]);
            Cheap(new(session, shared, start.Unlabelled, Parts), cheap);
        }
        foreach (var protocol in all.Where(protocol => !Candidates.IsCheap(protocol))) Dear(Of(protocol), reserve);
    }

    private Candidate Of(IProtocol protocol) => new(start.Start.Name, start.Kind, protocol);

    /// <summary>The first fold of each, which also tells how many more the time allows: as many of each, so that all are alike.</summary>
    private void Cheap(FoldFitting fitting, Candidate[] candidates)
    {
        fitting.Run([.. candidates.Select(candidate => (candidate, 0))]);
        var seconds = candidates.Sum(candidate => session.ScoresOf(candidate)[0].Seconds) / session.Options.Threads;
        var folds = (int)session.Plan.Once($"folds {start.Start.Name}", () => double.IsFinite(session.Budget.All)
            ? Math.Clamp(CheapShare * session.Budget.All / Math.Max(1e-3, seconds), 1, session.Folds.Count) : session.Folds.Count);
        fitting.Run([.. from fold in Enumerable.Range(1, folds - 1) from candidate in candidates select (candidate, fold)]);
    }

    private void Dear(Candidate candidate, double reserve)
    {
        if (candidate.Protocol is not FineTuningProtocol tuning)
            throw new ArgumentException($"A fit can't tell what {candidate.Protocol.Name} costs; leave it out.");
        var seconds = SecondsOf(tuning, start.SecondsForward, session);
        var best = session.Standings();
        var folds = (int)session.Plan.Once($"folds {candidate}", () =>
            Math.Clamp(Math.Min(session.Budget.Left - reserve, FitSchedule.DearShare * session.Budget.All) / seconds - 1, 0,
                Math.Min(DearFolds, session.Folds.Count)));
        if (folds == 0)
        {
            session.Leave(start.Start.Name, candidate.Protocol.Name, FormattableString.Invariant(
                $"left out: about {seconds / 60:0.#} min a fit of one fold or of all labels, and {Math.Max(0, session.Budget.Left - reserve) / 60:0.#} min are left"));
            return;
        }
        if (best.Count > 0 && IsHopeless(candidate, best))
        {
            session.Leave(start.Start.Name, candidate.Protocol.Name,
                $"left out: by what it gains elsewhere it would stay behind {best[0].Candidate}");
            return;
        }
        using var shared = start.Share([candidate.Protocol]);
        new FoldFitting(session, shared, start.Unlabelled, Parts).Run([.. Enumerable.Range(0, folds).Select(fold => (candidate, fold))]);
        var refit = session.ScoresOf(candidate).Average(score => score.Seconds) / session.Options.Threads;
        var inTime = session.Plan.Once($"in time {candidate}", () => session.Budget.Left - reserve >= Slack * refit ? 1 : 0) == 1;
        if (inTime) return;
        session.TooSlow.Add(candidate);
        session.Leave(start.Start.Name, candidate.Protocol.Name, FormattableString.Invariant(
            $"scored, but not chosen: a fit took {refit:0} s, longer than was estimated, and learning from all labels would not end in time"));
    }

    /// <summary>By the best protocol on this encoder and the usual gain over it, with two standard deviations for surprises.</summary>
    private bool IsHopeless(Candidate candidate, IReadOnlyList<Standing> standings)
    {
        if (standings.FirstOrDefault(standing => standing.Candidate.Start == start.Start.Name) is not { } own) return false;
        var gain = session.Expected(candidate) - session.Expected(own.Candidate);
        var spread = Math.Sqrt(own.Spread * own.Spread + 2 * Math.Pow(PriorGains.ProtocolSpread, 2));
        return own.Ahead + gain + 2 * spread < standings[0].Ahead;
    }

    /// <summary>Of a fit with all labels on all threads.</summary>
    public static double SecondsOf(FineTuningProtocol protocol, double forward, FitSession session) =>
        forward * FineTuningCost.Forwards(protocol, session.Data.Labelled.Labels.Length, session.Unlabelled.Count);
}
