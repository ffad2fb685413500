using Foresee.Evaluation;
using Foresee.Studies;
using Foresee.Training;

namespace Foresee.Fitting;

/// <summary>What is kept of the time for what comes later, in shares that docs/fitting.md tells.</summary>
internal sealed class FitSchedule(FitSession session)
{
    /// <summary>Share of the time for protocols of one start that train the encoder.</summary>
    public const double DearShare = 0.4;

    private const double ReadShare = 0.05, EndShare = 0.04, CalibrationShare = 0.03, LeastPretraining = 0.05;
    private const double EndSeconds = 8, PretrainingOverhead = 4, Overheads = 0.1; // hashes, pictures, a report; at most a tenth each

    /// <summary>Seconds for learning from all labels, references, export and report.</summary>
    public double End => double.IsFinite(session.Budget.All)
        ? Math.Min(EndSeconds, Overheads * session.Budget.All) + EndShare * session.Budget.All : 0;

    /// <summary>Seconds for all that follows the choice: <see cref="End"/>, and held-out predictions of what was chosen.</summary>
    public double Closing => End + (double.IsFinite(session.Budget.All) ? CalibrationShare * session.Budget.All : 0);

    /// <summary>Unlabelled images that can be read in their share of the time.</summary>
    public static double Unlabelled(FitOptions options, TimeBudget budget, FitData data) => double.IsFinite(budget.All)
        ? Math.Clamp(ReadShare * budget.All / Math.Max(1e-6, data.SecondsToRead),
            Math.Min(EncoderInUse.LeastUnlabelled, options.Unlabelled), options.Unlabelled)
        : options.Unlabelled;

    /// <summary>
    /// What is left when all that comes after it has its time. Nothing is shorter than a twentieth of all; then it is 0 minutes.
    /// </summary>
    public Budget? Pretraining(OwnRuns runs, MethodStart start)
    {
        if (session.Options.Pretraining is { } length) return length;
        if (!double.IsFinite(session.Budget.All)) return null;
        var several = session.Options.Starts.Count(s => s is MethodStart m && !StartPretraining.IsClosedForm(m.Method) && !runs.IsDone(m));
        var seconds = session.Plan.Once($"seconds of pretraining {start.Name}", () =>
        {
            var left = (session.Budget.Left - Closing) / Math.Max(1, several) - After(runs.SecondsForward(start))
                - Math.Min(PretrainingOverhead, Overheads * session.Budget.All);
            return left < LeastPretraining * session.Budget.All ? 0 : left;
        });
        return seconds == 0 ? NoTime : new(Minutes: seconds / 60);
    }

    private static Budget NoTime => new(Minutes: 0);

    /// <summary>Features of the new encoder, its cheap protocols, and those that train it, where they fit into their share.</summary>
    private double After(double forward)
    {
        var all = session.Budget.All;
        var features = forward * (session.Data.Labelled.Labels.Length + session.Unlabelled.Count);
        double[] dear = [.. session.Options.Protocols.OfType<FineTuningProtocol>()
            .Select(protocol => StartScoring.SecondsOf(protocol, forward, session)).Order()];
        var (reserved, count) = (0.0, dear.Length);
        for (; count > 0; count--)
        {
            reserved = StartScoring.DearFolds * dear[..count].Sum() + dear[count - 1];
            if (reserved <= DearShare * all) break;
        }
        return Math.Min(features, EncoderInUse.FeatureShare * all) + StartScoring.CheapShare * all + (count == 0 ? 0 : reserved);
    }
}
