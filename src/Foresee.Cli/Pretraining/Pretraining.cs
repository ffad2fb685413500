using System.Globalization;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>A pretraining run as the command line shows it; pretrain and demo share it.</summary>
internal sealed class Pretraining(Terminal terminal, Device device, int threads)
{
    /// <summary>One of several runs under the same budget, of which whoever starts them warns once where it is small.</summary>
    public bool IsOneOfMany { get; init; }

    /// <summary>This process's part; all where there is one process.</summary>
    public BatchShare Share { get; init; } = BatchShare.Whole;

    /// <summary>Starts or goes on, shows progress, names what could not be read.</summary>
    /// <param name="options">Of a new run; null goes on with the folder's own.</param>
    /// <param name="probe">Labelled images to look at the encoder with, if any.</param>
    public PretrainResult Run(IImageSource images, PretrainOptions? options, string folder, string command, CancellationToken cancel,
        OnlineProbe? probe = null)
    {
        var context = new RunContext(images, folder, device, threads, command, Commit.Read(), Blas())
        {
            Probe = probe,
            Share = Share,
        };
        return Show(images, options, folder, (step, doing) => options is null
            ? PretrainRun.Resume(context with { Doing = doing }, step, cancel)
            : PretrainRun.Start(options, context with { Doing = doing }, step, cancel));
    }

    /// <summary>The name of the BLAS in use, for the record.</summary>
    public static string Blas() => LoadedLibraries.OfProcess().Blas(Engine.Configuration).ToString();

    /// <summary>Tells what begins, shows how it goes on, names what could not be read.</summary>
    /// <param name="options">As in <see cref="Run"/>.</param>
    /// <param name="work">Reports the steps that it logs and what is being done.</param>
    public PretrainResult Show(IImageSource images, PretrainOptions? options, string folder,
        Func<Action<StepRecord>, Action<string>, PretrainResult> work)
    {
        var what = options is null ? $"Going on with the run in {folder}"
            : $"Pretraining with {options.Method.Name} by the recipe {options.Recipe}; the run is kept in {folder}";
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{what}. {images.Count:N0} images of {images.Name}, {threads} {(threads == 1 ? "thread" : "threads")}, {device}"));
        if (Share.Ranks > 1) terminal.Line(Together(options, folder));
        ImageRemarks.PassedOver(terminal, images);
        foreach (var warning in options?.Warnings ?? []) terminal.Warn(warning);
        IEnumerable<string?> reasons = options is null ? [] : [.. options.Reasons, options.BudgetReason];
        foreach (var reason in reasons.OfType<string>()) terminal.Line($"chosen: {reason}");
        if (options is not null) terminal.Line($"{options.Method.Kept.Describe(options.Input)}; computing in {InWords(options.Compute)}");
        foreach (var remark in options?.Remarks() ?? []) terminal.Line(remark);
        var counts = options is not null && !IsOneOfMany && !options.Method.IsClosedForm;
        var budget = counts ? new SmallBudget(options!.Training, images.Count) : null;
        if (budget?.Warning() is { } small) terminal.Warn(small);
        var result = new ProgressView(terminal).Show((show, doing) =>
        {
            void Step(StepRecord step)
            {
                show(step);
                if (budget?.Warning(step.Steps, step.Seconds / step.Step) is { } late) terminal.Notice($"warning: {late}");
            }
            return work(Step, doing);
        });
        foreach (var failed in result.Failed) terminal.Warn(failed);
        ImageRemarks.Skipped(terminal, result.Skipped);
        if (result.Skipped.Count > 0)
            terminal.Line($"{result.Skipped.Count} of {images.Count} images could not be read and were left out");
        ImageRemarks.SixteenBit(terminal, result.SixteenBit, images.Count, result.Window);
        ImageRemarks.MorePictures(terminal, result.WithMorePictures, images.Count);
        return result;
    }

    /// <summary>Who trains; a run may go on with more processes or fewer, since they share batches of the same size.</summary>
    private string Together(PretrainOptions? options, string folder)
    {
        var checkpoint = Path.Combine(folder, Checkpoint.FileName);
        var before = File.Exists(checkpoint) ? Checkpoint.RanksOf(checkpoint) : Share.Ranks;
        return options is not null ? Share.Describe(options.Method, options.Training.BatchSize)!
            : before == Share.Ranks ? $"{Share.Ranks} processes train together"
            : $"{Share.Ranks} processes train together, {before} before; each batch is what it was, in parts of another size";
    }

    /// <summary>With the reason where it is the device's usual precision.</summary>
    private string InWords(DType compute)
    {
        var usual = Precision.For(device);
        return compute == usual.Type ? usual.ToString() : compute == DType.BFloat16 ? "bf16" : "f32";
    }
}
