using Foresee.Images;
using Foresee.Recipes;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>A pretraining run as the command line shows it; pretrain and demo share it.</summary>
internal sealed class Pretraining(Terminal terminal, Device device, int threads)
{
    public StepRecord? Last { get; private set; }

    /// <summary>Starts or goes on, shows progress, names what could not be read.</summary>
    /// <param name="options">Of a new run; null goes on with the folder's own.</param>
    /// <returns>True when the run is finished, false when it was interrupted.</returns>
    public bool Run(IImageSource images, PretrainOptions? options, string folder, string command, CancellationToken cancel)
    {
        var settings = new RunSettings(folder, command, device, threads, Commit.Read(), LoadedLibraries.OfProcess().Blas(Engine.Configuration).ToString());
        using var run = options is null ? PretrainRun.Resume(images, settings) : PretrainRun.Start(options, images, settings);
        terminal.Line($"{(options is null ? "Going on with" : "Pretraining")} {run.Options.Recipe} on {images.Count:N0} images of {images.Name}: {run.Options.Method.Grid}");
        terminal.Line($"computing in {Names(run.Options.Compute)} on {device} with {threads} threads ({Precision.For(device).Reason})");
        var named = 0;
        var finished = new ProgressView(terminal).Show(show => run.Train(record =>
        {
            show(record);
            named = NameSkipped(run, named);
        }, cancel));
        NameSkipped(run, named);
        Last = run.Last;
        if (run.Skipped.Count > 0) terminal.Line($"{run.Skipped.Count} of {images.Count} images could not be read and were left out");
        return finished;
    }

    private int NameSkipped(PretrainRun run, int named)
    {
        const int most = 20; // a folder of something else must not flood the screen
        var skipped = run.Skipped;
        if (skipped.Count == named) return named;
        foreach (var image in skipped.Skip(named).Take(Math.Max(0, most - named))) terminal.Warn($"left out {image.File}: {image.Reason}");
        return skipped.Count;
    }

    private static string Names(DType type) => type == DType.BFloat16 ? "bf16" : "f32";
}
