using System.Globalization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Studies;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Training;

namespace Foresee.Fitting;

/// <summary>
/// Pretraining on the images of a fit, without labels: begun, gone on with, or taken from an earlier fit as it is. Runs are kept in
/// work/runs/, one folder per start.
/// </summary>
internal sealed class OwnRuns(FitSession session)
{
    /// <summary>Share of the time that a closed form may take.</summary>
    private const double ClosedFormShare = 0.15;

    /// <summary>A run of an earlier fit that had less than so large a part of the time is not kept.</summary>
    private const double LeastTime = 0.5;

    private const int ImagesAsked = 1000;
    private const string Ended = "ended.txt";

    private readonly Lazy<string> images = new(() => KeyOf(session.Context.Images));

    public string FolderOf(MethodStart start) => session.Context.Work("runs", start.Name);

    public bool IsDone(MethodStart start) => File.Exists(Path.Combine(FolderOf(start), Ended)) && Other(start) is null;

    /// <summary>What the run in the folder was begun for: images and minutes of a fit.</summary>
    private string Begun(MethodStart start) => FolderOf(start) + ".txt";

    /// <summary>Why the run that is there is of no use; null where it is, or where nothing tells (earlier versions).</summary>
    private string? Other(MethodStart start)
    {
        if (!File.Exists(Begun(start)) || File.ReadAllText(Begun(start)).Split() is not [var key, var word, ..]) return null;
        if (key != images.Value) return "other images";
        var byTheClock = !StartPretraining.IsClosedForm(start.Method) && session.Options.Pretraining is null;
        var begun = double.TryParse(word, CultureInfo.InvariantCulture, out var minutes) ? minutes : double.PositiveInfinity;
        return byTheClock && begun < LeastTime * (session.Options.Minutes ?? double.PositiveInfinity)
            ? string.Create(CultureInfo.InvariantCulture, $"a fit of {begun:0.##} minutes") : null;
    }

    /// <summary>Which images they are, told by at most <see cref="ImagesAsked"/> of them, so that a large folder costs no time.</summary>
    private static string KeyOf(IImageSource images) => ImageKeys.Hash([$"{images.Count}",
        .. ImageKeys.Of(new ImageSelection(images, EvenSample.Of(images.Count, Math.Min(images.Count, ImagesAsked)), images.Name))]);

    /// <summary>How images reach the network, and what is trained, before its length is known.</summary>
    public PretrainOptions Options(MethodStart start)
    {
        var known = session.Options.Recipe with { Profile = _ => session.Data.Profile }; // the images need not be looked at again
        var options = start.From is { } from ? known.Continue(session.Context.Images, start.Method, from)
            : known.Build(session.Context.Images, start.Method);
        return options with { Input = options.Input with { Small = SmallImages.Enlarge } };
    }

    /// <summary>Of one image on all threads, by the network that will be trained with the weights that it begins with.</summary>
    public double SecondsForward(MethodStart start)
    {
        var options = Options(start);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var encoder = TrainedEncoder.Own(options.Method.Kept.Build(options.Input, generator), session.Options.Device);
        return FineTuningCost.Forward(encoder, session.Data.Labelled);
    }

    /// <param name="length">Of a method with steps; null for the recipe's own.</param>
    /// <returns>The folder of the run.</returns>
    /// <exception cref="OperationCanceledException">Stopped; the run waits.</exception>
    public string Run(MethodStart start, Budget? length)
    {
        var folder = FolderOf(start);
        if (IsDone(start)) return folder;
        if (Directory.Exists(folder) && Other(start) is { } other)
        {
            session.View.Tell($"{start.Name}: the pretraining that is there was of {other}; it begins anew");
            Directory.Delete(folder, recursive: true);
        }
        var description = Path.Combine(folder, RunDescription.FileName);
        if (StartPretraining.IsClosedForm(start.Method) && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        PretrainOptions New() => Options(start).Under(length, session.Options.Seed, session.Options.Compute);
        var asked = File.Exists(description) ? null : New();
        if (asked is not null) Begin(start);
        var context = session.Context;
        var run = new RunContext(context.Images, folder, session.Options.Device, session.Options.Threads, context.Command, context.Commit,
            context.Blas);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(session.Cancel);
        if (StartPretraining.IsClosedForm(start.Method) && double.IsFinite(session.Budget.All))
            deadline.CancelAfter(TimeSpan.FromSeconds(Math.Min(ClosedFormShare * session.Budget.All, session.Budget.Left)));
        PretrainResult result;
        try
        {
            result = Pretrain(asked, run, folder, deadline.Token);
        }
        catch (InvalidDataException) when (asked is null)
        {
            session.View.Tell($"{start.Name}: the pretraining was stopped before its end, and the images are no longer those that it was "
                + "begun on; it begins anew");
            Directory.Delete(folder, recursive: true);
            Begin(start);
            result = Pretrain(New(), run, folder, deadline.Token);
        }
        session.Cancel.ThrowIfCancellationRequested();
        if (!result.Finished) throw OverTime();
        AtomicFile.Write(Path.Combine(folder, Ended), FormattableString.Invariant($"{result.Seconds:0.0} s\n"));
        return folder;
    }

    private void Begin(MethodStart start)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Begun(start))!);
        AtomicFile.Write(Begun(start), string.Create(CultureInfo.InvariantCulture,
            $"{images.Value} {session.Options.Minutes ?? double.PositiveInfinity}\n"));
    }

    private PretrainResult Pretrain(PretrainOptions? asked, RunContext run, string folder, CancellationToken deadline)
    {
        try
        {
            return session.View.Pretraining(asked, folder, (step, doing) =>
            {
                void Step(StepRecord record)
                {
                    session.Budget.Keep();
                    step(record);
                }
                return asked is null ? PretrainRun.Resume(run with { Doing = doing }, Step, deadline)
                    : PretrainRun.Start(asked, run with { Doing = doing }, Step, deadline);
            });
        }
        catch (OperationCanceledException) when (!session.Cancel.IsCancellationRequested)
        {
            throw OverTime(); // before its first step, where there was hardly any time left
        }
    }

    private TimeoutException OverTime() => new(FormattableString.Invariant(
        $"it did not end in {ClosedFormShare * session.Budget.All:0} s, its share of the time"));
}
