using System.Diagnostics;
using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Fitting;

/// <summary>
/// The supervised baseline with the settings found for as many labels, on as many folds as its share of the time holds; where not even one
/// would fit, shorter, then narrower.
/// </summary>
internal sealed class BaselineScoring(FitSession session)
{
    private const double Share = 0.15;
    private const int LeastSteps = 100, LeastWidth = 8, TimedSteps = 21, WarmUp = 1; // steps are told at 1, 21, 41

    public static string[] Parts(FitSession session) => [StartComparison.Baseline, JsonSerializer.Serialize(session.Data.Input)];

    public SharedFeatures Shared(Candidate candidate) => SharedFeatures.Compute([candidate.Protocol], session.Data.Labelled.Images, [],
        session.Unlabelled, session.Data.Input, session.Options.Threads, newEncoder: null);

    public void Run()
    {
        var (candidate, seconds) = Affordable();
        var folds = (int)session.Plan.Once($"folds {candidate.Protocol.Name}", () => double.IsFinite(session.Budget.All)
            ? Math.Clamp(Share * session.Budget.All / seconds, 1, session.Folds.Count) : session.Folds.Count);
        // What a fit on all labels costs decides whether the baseline can be chosen at all, so one fold is always measured.
        using var shared = Shared(candidate);
        var fitting = new FoldFitting(session, shared, session.Unlabelled, Parts(session));
        fitting.Run([.. Enumerable.Range(0, Math.Min(folds, session.Options.Threads)).Select(fold => (candidate, fold))]);
        var standings = session.Standings();
        var own = standings.First(standing => standing.Candidate == candidate);
        if (Standings.IsHopeless(own, standings[0]) && folds > own.Folds)
        {
            session.Leave(StartComparison.Baseline, candidate.Protocol.Name,
                $"no more than {own.Folds} of {session.Folds.Count} folds: it is far behind {standings[0].Candidate}");
            return;
        }
        fitting.Run([.. Enumerable.Range(0, folds).Select(fold => (candidate, fold))]);
    }

    /// <summary>The baseline with the settings that the time holds, and the seconds of a fit when all threads are busy.</summary>
    public (Candidate Candidate, double Seconds) Affordable()
    {
        var data = session.Data;
        var setting = data.Setting(session.Options.Compute);
        var protocol = (Supervised)new Supervised { Tuned = session.Options.Tuned }.Resolve(setting);
        var (options, labels) = (protocol.Options!, data.Labelled.Labels.Length);
        if (!double.IsFinite(session.Budget.All)) return (Of(protocol), 0);
        var step = session.Plan.Once("seconds of a supervised step", () => SecondsOfStep(protocol));
        var allowed = Share * session.Budget.All;
        double Seconds(SupervisedBaselineOptions o) => step * o.StepsFor(labels) * o.StepWork / options.StepWork;
        var shorter = options;
        while (Seconds(shorter) > allowed && shorter.Steps > LeastSteps && shorter.StepsFor(labels) == shorter.Steps)
            shorter = shorter with { Steps = Math.Max(LeastSteps, shorter.Steps * 3 / 4) };
        while (Seconds(shorter) > allowed && shorter.Width > LeastWidth)
            shorter = shorter with { Width = Math.Max(LeastWidth, shorter.Width * 3 / 4) };
        if (shorter != options && !session.Plan.Has("told of a shorter baseline"))
            session.View.Tell(FormattableString.Invariant(
                $"supervised baseline: {shorter.Steps} steps of width {shorter.Width} instead of {options.Steps} of {options.Width}, ")
                + "which would take more than its share of the time");
        session.Plan.Once("told of a shorter baseline", () => 1);
        return (Of(protocol with { Options = shorter }), Seconds(shorter) / session.Options.Threads);
    }

    private static Candidate Of(Supervised protocol) => new(StartComparison.Baseline, StartKind.Pixels, protocol);

    /// <summary>On one thread: folds are fitted side by side.</summary>
    private double SecondsOfStep(Supervised protocol)
    {
        session.Report("timing the supervised baseline");
        using var scope = TensorScope.Begin();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Cancel);
        var labelled = session.Data.Labelled;
        var places = Foresee.Images.EvenSample.Of(labelled.Labels.Length, 2 * protocol.Options!.BatchSize);
        var pixels = ImageTensors.Read(labelled.Images, places, session.Data.Input);
        var clock = new Stopwatch();
        var seconds = double.NaN;
        using var operators = Engine.UseOperatorThreads(1);
        try
        {
            SupervisedBaseline.Fit(pixels, Array.ConvertAll(places, place => labelled.Labels[place]), labelled.Classes.Length,
                protocol.Options with { Steps = 2 * TimedSteps }, seed: 0, progress =>
                {
                    if (progress.Step == WarmUp) clock.Start();
                    if (progress.Step != TimedSteps) return;
                    seconds = clock.Elapsed.TotalSeconds / (TimedSteps - WarmUp);
                    stop.Cancel();
                }, stop.Token, compute: protocol.Compute ?? DType.Float32).Dispose();
        }
        catch (OperationCanceledException) when (!session.Cancel.IsCancellationRequested)
        {
        }
        return seconds;
    }
}
