using System.Globalization;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.Adaptation;
using Foresee.Studies.FewShot;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee fewshot, from images to lines and results.csv.</summary>
internal sealed class FewShotMeasuring(Terminal terminal, FewShotRequest request)
{
    private readonly List<EvaluationResult> rows = [];

    private string File => Path.Combine(request.Output, ResultsFile.FileName);

    /// <param name="start">Loads libtorch.</param>
    public int Run(Func<Device> start)
    {
        terminal.Now("listing the images");
        var runs = request.IsOneShot ? OneShotRuns.Open(request.Images) : null;
        var measured = runs is null ? Measured() : null;
        var background = request.Learn is null ? null : Background(measured);
        var source = request.Encoder is null ? null : EncoderSource.Of(request.Encoder);
        using var interruption = new Interruption(terminal);
        var cancel = interruption.Token;
        var device = start();
        if (runs is not null) Tell(ProgressBar.Show(terminal, show =>
            OneShotTrial.OfInk(runs, (done, of) => show("comparing ink", done, of), cancel)), "");
        terminal.Now("loading the encoder");
        var encoder = source?.Load(device);
        try
        {
            var name = source?.Name ?? "";
            if (background is not null)
            {
                Learn(encoder, background, runs?.Images ?? measured!.Images, cancel);
                encoder?.Dispose();
                encoder = TrainedEncoder.Load(request.Output, device);
                name = $"episodes of {request.Learn}{(source is null ? "" : $" from {source.Name}")}";
            }
            if (encoder is not null && runs is not null)
                foreach (var outcome in ProgressBar.Show(terminal, show => OneShotTrial.OfFeatures(runs, encoder, request.Heads,
                    request.Learn is null, request.Plan.Threads, (done, of) => show("features", done, of), cancel))) Tell(outcome, name);
            if (encoder is not null && measured is not null) Measure(encoder, name, measured, cancel);
            if (source is not null && measured is not null && source.Leak(measured.Images.Name, measured.Classes) is { } leak)
                terminal.Warn($"{leak}, so these classes are not new to it");
            terminal.Line($"results: {File}");
            JsonFile.Write(request.Json, new FewShotFields(request.Images, name, rows));
            return ExitCode.Success;
        }
        catch (ArgumentException error) // episodes that the images are too few for
        {
            throw new UsageException(error.Message, error);
        }
        finally
        {
            encoder?.Dispose();
        }
    }

    private LabelledImages Measured()
    {
        if (request.Validation) return LabelledSources.OpenTraining(request.Images);
        var splits = LabelledSources.Open(request.Images);
        return splits.Test ?? splits.Train;
    }

    private LabelledImages Background(LabelledImages? measured)
    {
        var images = LabelledSources.OpenTraining(request.Learn!);
        string[] both = [.. images.Classes.Intersect(measured?.Classes ?? [])];
        return both.Length == 0 ? images : throw new UsageException($"{request.Learn} and {request.Images} share the classes "
            + $"{string.Join(", ", both.Take(10))}; few-shot classification asks for classes that were not learnt. Learn from other classes.");
    }

    private void Learn(TrainedEncoder? encoder, LabelledImages background, IImageSource measured, CancellationToken cancel)
    {
        var input = encoder?.Input ?? Input(background.Images, measured);
        background = new Evaluating(terminal).Readable(new(background, null), input, request.Plan.Threads, cancel).Train;
        var learnt = ProgressBar.Show(terminal, show => EpisodicRun.LearnOrKeep(request.Output, encoder, background, input,
            request.Learning, request.Plan.Seed, step => show(FormattableString.Invariant($"learning from episodes, loss {step.Loss:0.00}"), step.Step, step.Steps),
            cancel));
        terminal.Line($"{(learnt ? "learnt" : "learnt before and kept")}: {Path.Combine(request.Output, EncoderFile.FileName)}");
    }

    private InputFormat Input(IImageSource background, IImageSource measured)
    {
        var input = PixelInput.Of(background, measured);
        return PixelStatistics.Measured(background, request.Size is { } side ? input with { Height = side, Width = side } : input);
    }

    private void Measure(TrainedEncoder encoder, string name, LabelledImages measured, CancellationToken cancel)
    {
        measured = new Evaluating(terminal).Readable(new(measured, null), encoder.Input, request.Plan.Threads, cancel).Train;
        var known = System.IO.File.Exists(File) ? ResultsFile.Read(File) : [];
        using var trial = ProgressBar.Show(terminal, show => new FewShotTrial(encoder, measured, request.Plan, request.Learn is null,
            progress => show(progress.Work, progress.Done, progress.Of), cancel));
        foreach (var shots in request.Plan.Shots)
            foreach (var head in request.Heads)
            {
                var settings = trial.Settings(head, shots);
                EvaluationResult[] kept = [.. known.Where(row => row.Settings == settings && row.Encoder == name
                    && row.Draw == request.Plan.Seed)];
                var outcome = kept.Length > 0 ? null : ProgressBar.Show(terminal, show =>
                    trial.Run(head, shots, done => show("asking episodes", done, request.Plan.Episodes)));
                Tell(outcome is null ? kept : [.. outcome.Rows(measured.Images.Name, name, request.Plan.Seed, settings)]);
            }
    }

    private void Tell(EvaluationResult[] found)
    {
        rows.AddRange(found);
        ResultsFile.Merge(File, found);
        var accuracy = new Interval(found.First(row => row.Metric == EvaluationResult.Top1).Value,
            found.FirstOrDefault(row => row.Metric == FewShotOutcome.HalfWidth)?.Value);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{found[0].Protocol}, {found[0].Labels}: {accuracy} % (chance {100.0 / request.Plan.Ways:0.0} %, "
            + $"{request.Plan.Episodes:N0} episodes)"));
    }

    private void Tell(OneShotOutcome outcome, string encoder)
    {
        var row = new EvaluationResult(request.Images, encoder.Length > 0 ? encoder : outcome.Name, $"{outcome.Name}, one-shot runs", "1/class",
            request.Plan.Seed, 100 - outcome.ErrorRate, 0);
        rows.Add(row);
        ResultsFile.Merge(File, [row]);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{outcome.Name}: {outcome.Wrong} of {outcome.Questions} wrong, "
            + $"{outcome.ErrorRate:0.0} % error; by run {string.Join(' ', outcome.Errors)}"));
    }
}
