using Foresee.Images;
using Foresee.Reports;
using Foresee.Studies;

namespace Foresee.Fitting;

/// <summary>
/// From images and a few labels to a classifier: tries starts and protocols by cross-validation on the labelled images, within a time,
/// takes the best, learns it from all labels, calibrates it on the held-out predictions, and writes it. It can be stopped at any moment:
/// the same call goes on; with more labels it keeps encoders and features and only scores anew.
/// </summary>
public sealed class Fit
{
    private readonly FitOptions options;
    private readonly FitContext context;
    private readonly IModelWriter writer;
    private readonly IFitView view;
    private readonly FitSession session;
    private readonly OwnRuns runs;
    private readonly FitSchedule schedule;
    private readonly Dictionary<string, (ComparedStart Start, string Path)> encoders = [];

    private Fit(FitOptions options, FitContext context, IModelWriter writer, IFitView view, FitSession session)
    {
        (this.options, this.context, this.writer, this.view, this.session) = (options, context, writer, view, session);
        (runs, schedule) = (new(session), new(session));
    }

    /// <exception cref="OperationCanceledException">Stopped; the same call goes on.</exception>
    /// <exception cref="ImageDataException">A class can't be learnt, or no start can be used.</exception>
    public static FitResult Run(FitOptions options, FitContext context, IModelWriter writer, IFitView view, CancellationToken cancel)
    {
        options.Validate();
        Directory.CreateDirectory(context.Work());
        using var claim = FitClaim.Take(context.Work());
        var (clock, account) = (context.Time.GetTimestamp(), context.Work("seconds.txt"));
        view.Progress(new("reading the labelled images", 0, 1, null, []));
        var data = FitData.Read(options, context,
            done => view.Progress(new("reading the labelled images", done, context.Labelled.Images.Count, null, [])), cancel);
        var plan = FitPlan.Open(context.Work("plan.json"), LineOf(options, context, data));
        if (plan.IsNew) TimeBudget.Forget(account);
        var budget = new TimeBudget(options.Minutes, account, context.Time,
            context.Before + context.Time.GetElapsedTime(clock).TotalSeconds);
        var most = (int)plan.Once("unlabelled images", () => FitSchedule.Unlabelled(options, budget, data));
        var unlabelled = data.Unlabelled(context.Images, most, options.Threads,
            done => view.Progress(new("reading unlabelled images", done, Math.Min(most, context.Images.Count), Left(budget), [])), cancel);
        var folds = Folds.Of(data.Labelled.Labels, options.Seed, options.Folds, data.Contents);
        var session = new FitSession(options, context, data, unlabelled, folds, plan, budget, view, cancel);
        (int, IReadOnlyList<SkippedImage>)[] sources =
            [(data.Labelled.Labels.Length, data.Labelled.Skipped), (unlabelled.Count, unlabelled.Skipped)];
        foreach (var (read, skipped) in sources)
            if (skipped.Count > 0)
                view.Warn($"{skipped.Count} of {read + skipped.Count} images can't be read and are left out: "
                    + string.Join("; ", skipped.Take(5).Select(image => $"{image.File}: {image.Reason}"))
                    + (skipped.Count > 5 ? $" and {skipped.Count - 5} more" : ""));
        return new Fit(options, context, writer, view, session).Run();
    }

    private static double? Left(TimeBudget budget) => double.IsFinite(budget.All) ? budget.Left : null;

    /// <summary>What a plan belongs to: of the labelled images all, of the others how many there are.</summary>
    private static string LineOf(FitOptions options, FitContext context, FitData data) => ImageKeys.Hash(
        [$"{options.Seed}", FormattableString.Invariant($"{options.Minutes}"), $"{options.Pretraining}", options.Recipe.Name,
            $"{options.Threads}", .. options.Starts.Select(start => $"{start}"), context.Images.Name, $"{context.Images.Count}",
            .. data.Labelled.Classes, .. data.Keys.Zip(data.Labelled.Labels, (key, label) => $"{key}={label}")]);

    private FitResult Run()
    {
        Standing chosen;
        string reason;
        if (session.Folds.Count == 0) (chosen, reason) = Default();
        else
        {
            foreach (var start in Ordered()) Try(start, Score);
            var standings = session.Standings();
            if (standings.Count == 0) throw NothingScored();
            Standing[] possible = [.. standings.Where(standing => !session.TooSlow.Contains(standing.Candidate))];
            chosen = Standings.Choose(possible.Length > 0 ? possible : standings);
            Complete(chosen.Candidate);
            reason = Choice.InWords(standings, chosen with { Accuracy = session.AccuracyOf(chosen.Candidate) },
                session.Predictions(chosen.Candidate).Labels.Length, session.TooSlow);
        }
        view.Tell(reason);
        var model = Refit(chosen.Candidate, reason);
        try
        {
            writer.Write(model, context);
            session.Budget.Keep(now: true);
            if (writer.TakesOthers) WriteOthers(chosen.Candidate);
            return model;
        }
        catch
        {
            model.Classifier.Dispose();
            throw;
        }
    }

    private void WriteOthers(Candidate chosen)
    {
        foreach (var candidate in session.Standings().Select(standing => standing.Candidate).Where(other => other != chosen))
        {
            var other = Refit(candidate, "another was chosen");
            using var classifier = other.Classifier;
            writer.WriteOther(other, context);
        }
    }

    /// <summary>What is there first, what is quick next, what takes the rest of the time last.</summary>
    private IEnumerable<ComparedStart> Ordered() => options.Starts.OrderBy(start => start switch
    {
        MissingStart => 0,
        WeightsStart => 1,
        PixelStart => 2,
        MethodStart method => StartPretraining.IsClosedForm(method.Method) ? 3 : 4,
        _ => 4,
    });

    /// <summary>A disk that is full ends the fit; any other fault ends the start alone.</summary>
    private bool Try(ComparedStart start, Action<ComparedStart> work)
    {
        session.Cancel.ThrowIfCancellationRequested();
        if (start is MissingStart { Reason: var missing })
        {
            session.Leave(start.Name, null, missing);
            return false;
        }
        try
        {
            work(start);
            return true;
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException or UnauthorizedAccessException))
        {
            session.Cancel.ThrowIfCancellationRequested();
            session.Leave(start.Name, null, context.InWords(error));
            return false;
        }
    }

    private void Score(ComparedStart start)
    {
        if (start is PixelStart)
        {
            new BaselineScoring(session).Run();
            return;
        }
        using var encoder = Encoder(start);
        if (encoder is not null) new StartScoring(session, encoder).Run(schedule.Closing);
    }

    /// <summary>Pretrained where that is still to be done; null where the time does not allow it.</summary>
    private EncoderInUse? Encoder(ComparedStart start)
    {
        if (encoders.TryGetValue(start.Name, out var known)) return new(session, known.Start, known.Path);
        var path = (start as WeightsStart)?.Path;
        if (start is MethodStart method)
        {
            var length = runs.IsDone(method) || StartPretraining.IsClosedForm(method.Method) ? null : schedule.Pretraining(runs, method);
            if (length is { Minutes: 0 })
            {
                session.Leave(start.Name, null, "left out: too little time is left to pretrain");
                return null;
            }
            path = runs.Run(method, length);
        }
        encoders[start.Name] = (start, path!);
        return new(session, start, path!);
    }

    /// <summary>With one label per class nothing can be held out: what did best elsewhere is taken.</summary>
    private (Standing, string) Default()
    {
        foreach (var start in Ordered().OfType<MissingStart>()) Try(start, _ => { });
        var protocols = options.Protocols.Where(Candidates.IsCheap).ToList();
        var order = options.Starts.Where(start => start is not (MissingStart or PixelStart))
            .SelectMany(start => protocols.Select(protocol => (Start: start, Protocol: protocol)))
            .OrderByDescending(pair => session.Expected(new(pair.Start.Name, Candidates.KindOf(pair.Start), pair.Protocol))).ToList();
        Candidate? found = null;
        foreach (var (start, protocol) in order)
        {
            var made = Try(start, s =>
            {
                using var encoder = Encoder(s);
                if (encoder is not null) found = new(s.Name, encoder.Kind, encoder.Suited([protocol])[0]);
            });
            if (made && found is not null) break;
        }
        if (found is null && options.Starts.OfType<PixelStart>().Any()) found = new BaselineScoring(session).Affordable().Candidate;
        if (found is null) throw NothingScored();
        return (new(found, null, 0, 0, 0, 0, 0), $"chosen: {found}. With one label per class no image can be held out, so nothing can be "
            + "chosen by accuracy, and no accuracy can be told; this is what did best on other images. Two labels per class let it choose.");
    }

    private ImageDataException NothingScored() => new($"No start could be used for {context.Labelled.Images.Name}: "
        + string.Join("; ", session.LeftOut.Select(left => $"{left.Start}: {left.Reason}")));

    /// <summary>Holds out the other folds, too, where the time allows: what is stated of the model comes from them.</summary>
    private void Complete(Candidate candidate)
    {
        var scored = session.ScoresOf(candidate);
        int[] open = [.. Enumerable.Range(0, session.Folds.Count).Except(scored.Select(score => score.Fold))];
        if (open.Length == 0) return;
        var seconds = scored.Average(score => score.Seconds) / options.Threads;
        var affordable = (int)session.Plan.Once("further folds of the choice", () => double.IsFinite(session.Budget.All)
            ? Math.Clamp((session.Budget.Left - schedule.End) / Math.Max(1e-3, seconds) - options.Threads, 0, open.Length) : open.Length);
        if (affordable == 0) return;
        WithFitting(candidate, (fitting, _) => fitting.Run([.. open.Take(affordable).Select(fold => (candidate, fold))]));
    }

    /// <summary>
    /// What is told of the model comes from classifiers that learnt from almost all labels, where that costs little: from fewer they are
    /// less sure than the one in use, and its sets of classes would be too wide.
    /// </summary>
    private (HeldOutPredictions? Held, int Folds) HoldOut(Candidate candidate, FoldFitting fitting)
    {
        if (session.Folds.Count == 0) return (null, 0);
        var scored = session.ScoresOf(candidate);
        if (Candidates.IsCheap(candidate.Protocol))
        {
            var seconds = scored.Average(score => score.Seconds) / options.Threads;
            var most = (int)session.Plan.Once($"folds to calibrate {candidate}", () => double.IsFinite(session.Budget.All)
                ? Math.Clamp((session.Budget.Left - schedule.End) / Math.Max(1e-3, seconds), 0, Folds.MostToCalibrate)
                : Folds.MostToCalibrate);
            if (most > session.Folds.Count
                && Folds.Of(session.Data.Labelled.Labels, options.Seed, most, session.Data.Contents) is var finer
                && finer.Count > session.Folds.Count)
                return (fitting.HoldOut(candidate, finer), finer.Count);
        }
        return (session.Predictions(candidate), scored.Count);
    }

    private FitResult Refit(Candidate candidate, string reason)
    {
        var data = session.Data;
        FitResult? model = null;
        WithFitting(candidate, (fitting, encoder) =>
        {
            var (held, folds) = HoldOut(candidate, fitting);
            var usual = UsualTemperature.Of(candidate.Kind, candidate.Protocol.Name);
            var temperature = held is null ? usual.Centre : Temperature.Of(held.Probabilities, held.Labels, usual);
            session.Report("learning from all labels");
            var classifier = fitting.Fit(candidate, [.. Enumerable.Range(0, data.Labelled.Labels.Length)], options.Threads,
                step => session.Report("learning from all labels", step.Step, step.Steps), new()
                {
                    Commit = context.Commit,
                    Data = data.Labelled.Images.Name,
                    DataHash = context.Labelled.Images.Hash(session.Cancel), // what report compares with, without an engine
                    Labels = data.Labelled.Labels.Length,
                    Seed = options.Seed,
                    Time = DateTimeOffset.Now,
                });
            try
            {
                model = new(candidate, classifier, temperature, held?.At(temperature),
                    References.Of(session, classifier, encoder), session.Standings(), session.LeftOut)
                {
                    Accuracy = held is null ? null : Interval95.OfShare(held.Right, held.Labels.Length),
                    How = Choice.How(session, candidate, held, folds),
                    Reason = reason,
                    Run = encoders.TryGetValue(candidate.Start, out var start)
                        && File.Exists(Path.Combine(start.Path, RunDescription.FileName)) ? start.Path : null,
                    Seconds = session.Budget.Spent,
                };
            }
            catch
            {
                classifier.Dispose();
                throw;
            }
        });
        return model!;
    }

    private void WithFitting(Candidate candidate, Action<FoldFitting, EncoderInUse?> work)
    {
        if (candidate.Kind == StartKind.Pixels)
        {
            using var alone = new BaselineScoring(session).Shared(candidate);
            work(new(session, alone, session.Unlabelled, BaselineScoring.Parts(session)), null);
            return;
        }
        using var encoder = Encoder(encoders[candidate.Start].Start)!;
        using var shared = encoder.Share([candidate.Protocol]);
        work(new(session, shared, encoder.Unlabelled, [.. encoder.Parts]), encoder);
    }
}
