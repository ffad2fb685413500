using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Images.Clips;
using Foresee.Labels;
using Foresee.Methods;
using Foresee.Methods.Video;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>What pretrain was asked; null where nothing was typed.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record PretrainRequest(string Images, string Output, string Command)
{
    public string? Method { get; init; }
    public string? Recipe { get; init; }

    /// <summary>A run, a start or a file.</summary>
    public string? Start { get; init; }

    public int? Side { get; init; }
    public string? Precision { get; init; }
    public Budget? Budget { get; init; }
    public int? Seed { get; init; }
    public double? CheckpointSeconds { get; init; }
    public string? Probe { get; init; }
    public bool Resume { get; init; }

    /// <summary>Of videos, per second.</summary>
    public double? FrameRate { get; init; }

    public int? FrameStep { get; init; }
    public int? Threads { get; init; }
    public string? Exchange { get; init; }
    public double? RankTimeout { get; init; }
    public FileInfo? Json { get; init; }

    /// <summary>As one of several processes. A launcher that starts them anew repeats its command, so what has begun goes on.</summary>
    public int RunRank(Terminal terminal, RankPlace place, Device device)
    {
        var request = place.Restarts > 0 ? this with { Resume = true } : this;
        return Ranks.Train(terminal, place, device, Exchange, RankTimeout,
            lead: (share, threads) =>
                (request with { Resume = request.Resume && BegunRun.In(Output) is not null }).Lead(terminal, device, share, threads),
            follow: (share, threads) => Follow(terminal, device, share, Threads ?? threads));
    }

    private int Lead(Terminal terminal, Device device, BatchShare share, int threads)
    {
        var ready = false;
        try
        {
            var begun = Check();
            ready = true;
            return Run(terminal, begun, device, share, threads);
        }
        catch when (!ready)
        {
            Refuse(share);
            throw;
        }
    }

    /// <summary>The others end without a word of their own; where one has ended already, what is wrong here is still to be told.</summary>
    private static void Refuse(BatchShare share)
    {
        try
        {
            PretrainRun.Refuse(share);
        }
        catch (GroupException)
        {
        }
    }

    private int Follow(Terminal terminal, Device device, BatchShare share, int threads)
    {
        using var interruption = new Interruption(new Terminal(TextWriter.Null, TextWriter.Null, live: false));
        var context = new RunContext(ImageSources.Open(Images), Output, device, threads, Command, Commit: null, Blas: "") { Share = share };
        Engine.Threads = threads;
        terminal.Rest(); // rank 0 shows what is being done
        return PretrainRun.Follow(context, interruption.Token) ? ExitCode.Success : ExitCode.Failed;
    }

    /// <returns>The run to go on with, or null for a new one.</returns>
    /// <exception cref="UsageException">The folder holds no run to resume, holds one already, or one with other options.</exception>
    public BegunRun? Check()
    {
        if (Recipe is not null) Describe.CheckRecipe(Recipe);
        Describe.CheckMethod(Method);
        if (Start is null && Side is not null)
            throw new UsageException("--size is for images that a --start sees; add --start, or leave it out: a recipe chooses its "
                + "own.");
        if (Start is not null && Method is null)
            throw new UsageException("--start gives weights, and --method says how they learn on; add one that sees whole images, such as "
                + "--method simsiam.");
        var begun = BegunRun.In(Output);
        if (begun is null && Resume) throw new UsageException($"{Output} holds no run to go on with; leave out --resume to start one.");
        if (begun is not null && !Resume)
            throw new UsageException($"{Output} already holds a run; go on with it by --resume, or choose another --out.");
        if ((FrameRate ?? FrameStep) is not null && !MethodOptions.IsOfClips(Method ?? begun?.Method))
            throw new UsageException("--frame-rate and --frame-step are for methods that learn from clips; leave them out, or take one of "
                + $"these: {string.Join(", ", MethodOptions.OfClips)}.");
        begun?.ExpectRecipe(Recipe).ExpectMethod(Method).ExpectStart(Start, Side).ExpectPrecision(Precision).ExpectSeed(Seed)
            .ExpectBudget(Budget).ExpectCheckpoints(CheckpointSeconds).ExpectThreads(Threads).ExpectFrameStep(FrameStep).Check();
        return begun;
    }

    /// <param name="threads">Where neither the run nor the command names some.</param>
    public int Run(Terminal terminal, BegunRun? begun, Device device, BatchShare share, int threads)
    {
        Named.Images(Images, Probe);
        terminal.Now($"listing the images of {Images}");
        using var interruption = new Interruption(terminal);
        IImageSource source;
        try
        {
            source = Open(terminal, begun, interruption.Token);
        }
        catch (OperationCanceledException)
        {
            terminal.Line($"stopped while frames were made; those of whole videos are kept, and this goes on: {Command}");
            return ExitCode.Failed;
        }
        OutputFolder.Prepare(Output);
        terminal.Now($"looking at images of {Images}, to choose how they are learnt from");
        var options = begun is null ? Options(source, device) : null;

        var pretraining = new Pretraining(terminal, device, begun?.Threads ?? Threads ?? threads) { Share = share };
        var probe = Probe is null ? null : new OnlineProbe(source, LabelledSources.OpenTraining(Probe));
        var result = pretraining.Run(source, options, Output, Command, interruption.Token, probe);
        return result.Finished ? Finish(terminal, source, result) : Stop(terminal, source, result);
    }

    private IImageSource Open(Terminal terminal, BegunRun? begun, CancellationToken cancel)
    {
        if (!MethodOptions.IsOfClips(Method ?? begun?.Method)) return ImageSources.Open(Images);
        var clips = ClipSources.Open(Images, new(Path.Combine(Output, "frames"), FrameRate), terminal.Now, cancel);
        if (begun is null) ClipSurvey.Check(clips);
        return clips;
    }

    private PretrainOptions Options(IImageSource source, Device device)
    {
        var recipe = Recipes.Recipe.Find(Recipe ?? Describe.RecipeFor(source));
        var options = Start is null ? recipe.Build(source, Method) : Continue(recipe, source);
        if (options.Method.IsClosedForm && Budget is not null)
            throw new UsageException($"{Method} has no steps that a budget could count; leave out --minutes, --epochs and --images.");
        if (options.Method is ClipOptions clips && source is ClipFrames frames)
            options = options with
            {
                Method = FrameStep is { } step ? clips with { Step = step } : clips,
                Reasons = [FormattableString.Invariant($"{frames.ClipCount:N0} clips of {frames.Count:N0} frames in all"),
                    .. options.Reasons],
            };
        options = options.Under(Budget, Seed ?? 0, Cli.Precision.For(device, Precision).Type);
        return CheckpointSeconds is { } seconds
            ? options with { Training = options.Training with { CheckpointSeconds = seconds } } : options;
    }

    private PretrainOptions Continue(Recipe recipe, IImageSource source)
    {
        var from = EncoderSource.Of(Start!);
        if (from.Leak(source.Name, []) is { } leak)
            throw new UsageException($"{leak}; what is learnt from it knows their labels. Leave out --start.");
        try
        {
            return recipe.Continue(source, Method!, from.Point(), Side);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    private int Finish(Terminal terminal, IImageSource source, PretrainResult result)
    {
        string?[] labelled = [source.Clips.Count > 0 ? null : Images, Probe]; // the folders of clips are no classes
        var next = NextLine.Evaluate(Output, labelled.OfType<string>(), result.Skipped.Count);
        terminal.Now("making the report");
        var report = RunReport.Write(terminal, Output, null, Output, $"Pretraining on {source.Name}", [], [next]);
        JsonFile.Write(Json, PretrainFields.Of(Output, source, result, report));
        terminal.Line($"finished: {Path.Combine(Output, EncoderFile.FileName)}");
        terminal.Line($"report: {report}");
        NextLine.Tell(terminal, next);
        return ExitCode.Success;
    }

    private int Stop(Terminal terminal, IImageSource source, PretrainResult result)
    {
        JsonFile.Write(Json, PretrainFields.Of(Output, source, result, null));
        var left = result.Step > 0 ? $"and a checkpoint is in {Output}; this goes on" : "before anything could be kept; this begins anew";
        terminal.Line($"stopped, {left}: {(Resume ? Command : Command + " --resume")}");
        return ExitCode.Failed;
    }
}
