using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>What pretrain was asked; null where nothing was typed.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record PretrainRequest(string Images, string Output, string Command)
{
    public string? Method { get; init; }
    public string? Recipe { get; init; }
    public string? Precision { get; init; }
    public Budget? Budget { get; init; }
    public int? Seed { get; init; }
    public double? CheckpointSeconds { get; init; }
    public string? Probe { get; init; }
    public bool Resume { get; init; }
    public int? Threads { get; init; }
    public FileInfo? Json { get; init; }

    /// <returns>The run to go on with, or null for a new one.</returns>
    /// <exception cref="UsageException">The folder holds no run to resume, holds one already, or one with other options.</exception>
    public BegunRun? Check()
    {
        if (Recipe is not null) Describe.CheckRecipe(Recipe);
        Describe.CheckMethod(Method);
        var begun = BegunRun.In(Output);
        if (begun is null && Resume) throw new UsageException($"{Output} holds no run to go on with; leave out --resume to start one.");
        if (begun is not null && !Resume)
            throw new UsageException($"{Output} already holds a run; go on with it by --resume, or choose another --out.");
        begun?.ExpectRecipe(Recipe).ExpectMethod(Method).ExpectPrecision(Precision).ExpectSeed(Seed).ExpectBudget(Budget)
            .ExpectCheckpoints(CheckpointSeconds).ExpectThreads(Threads).Check();
        return begun;
    }

    public int Run(Terminal terminal, BegunRun? begun, Device device)
    {
        var source = ImageSources.Open(Images);
        OutputFolder.Prepare(Output);
        var options = begun is null ? Options(source, device) : null;

        using var interruption = new Interruption(terminal);
        var pretraining = new Pretraining(terminal, device, begun?.Threads ?? Threads ?? RunOptions.DefaultThreads);
        var probe = Probe is null ? null : new OnlineProbe(source, LabelledSources.OpenTraining(Probe));
        var result = pretraining.Run(source, options, Output, Command, interruption.Token, probe);
        return result.Finished ? Finish(terminal, source, result) : Stop(terminal, source, result);
    }

    private PretrainOptions Options(IImageSource source, Device device)
    {
        var options = Recipes.Recipe.Find(Recipe ?? Describe.RecipeFor(source)).Build(source, Method);
        return options with
        {
            Compute = Cli.Precision.For(device, Precision).Type,
            BudgetReason = Budget is null ? options.BudgetReason : null,
            Training = options.Training with
            {
                Budget = Budget ?? options.Training.Budget,
                Seed = Seed ?? 0,
                CheckpointSeconds = CheckpointSeconds ?? options.Training.CheckpointSeconds,
            },
        };
    }

    private int Finish(Terminal terminal, IImageSource source, PretrainResult result)
    {
        var folder = Shell.Path(Output);
        var next = new NextCommand(Launcher.Command(["evaluate", folder, .. Labelled(), "--draws", "3",
            "--out", Path.Combine(folder, "evaluation")]), "See how far few labels go");
        var report = RunReport.Write(Output, null, Output, $"Pretraining on {source.Name}", [], [next]);
        JsonFile.Write(Json, PretrainFields.Of(Output, source, result, report));
        terminal.Line($"finished: {Path.Combine(Output, EncoderFile.FileName)}");
        terminal.Line($"report: {report}");
        terminal.Line($"next: {next.Command}");
        if (next.Command.Contains(Placeholder, StringComparison.Ordinal))
            terminal.Line($"{Placeholder} stands for images with a folder per class; add --validation where there are none to test on");
        return ExitCode.Success;
    }

    /// <summary>What to measure on: the images themselves where they have classes, with as many labels as the smallest class has.</summary>
    private string[] Labelled()
    {
        try
        {
            var data = LabelledSources.Open(Images);
            var smallest = data.Train.Counts().Min() * (data.Test is null ? 5 : 6) / 6; // a sixth is held out for --validation
            string[] amounts = [.. new[] { 10, 25 }.Where(amount => amount <= smallest).Select(amount => $"{amount}/class")];
            var labels = amounts.Length > 0 ? string.Join(',', amounts) : "all";
            return [Shell.Path(Images), "--protocol", "linear", "--labels", labels, .. data.Test is null ? ["--validation"] : Array.Empty<string>()];
        }
        catch (Exception error) when (error is ImageDataException or IOException or UnauthorizedAccessException)
        {
            return [Placeholder, "--protocol", "linear", "--labels", "10/class,25/class"]; // no classes, which pretraining does not need
        }
    }

    private const string Placeholder = "LABELLED";

    private int Stop(Terminal terminal, IImageSource source, PretrainResult result)
    {
        JsonFile.Write(Json, PretrainFields.Of(Output, source, result, null));
        terminal.Line($"stopped, and a checkpoint is in {Output}; this goes on: {(Resume ? Command : Command + " --resume")}");
        return ExitCode.Failed;
    }
}
