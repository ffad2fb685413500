using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Methods.Cpc;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Torch;
using Foresee.Training;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>What ablation was asked.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record AblationRequest(string Images, LabelledRequest Data, string? Recipe, Budget Budget, string Output, string Command)
{
    public GridPooling? Pooling { get; init; }
    public int? Seed { get; init; }
    public int? Threads { get; init; }
    public FileInfo? Json { get; init; }
}

/// <summary>Pretrains and measures every step; what an earlier start finished is kept.</summary>
internal sealed class AblationStudy(Terminal terminal, AblationRequest request, Device device)
{
    private readonly Evaluating evaluating = new(terminal);
    private readonly Dictionary<InputFormat, LabelledSplits> readable = [];

    public int Run()
    {
        Named.Images(request.Images, request.Data.Name, request.Data.Test);
        terminal.Now($"listing the images of {request.Images}");
        var source = ImageSources.Open(request.Images);
        var data = request.Data.Open();
        OutputFolder.Prepare(request.Output);
        using var interruption = new Interruption(terminal);
        terminal.Now($"looking at images of {request.Images}, to choose how they are learnt from");
        var begun = Recipe.Find(request.Recipe ?? Describe.RecipeFor(source)).Build(source, CpcV2Options.MethodName);
        foreach (var reason in begun.Reasons) terminal.Line($"the recipe {begun.Recipe} chose: {reason}");
        begun = begun with { Compute = Precision.For(device).Type, Training = begun.Training with { Seed = request.Seed ?? 0 } };
        if (new SmallBudget(begun.Training with { Budget = request.Budget }, source.Count).Warning() is { } small) terminal.Warn(small);
        var steps = Ablation.Of(begun, source, request.Budget);
        var measured = new List<AblationMeasurement>();
        foreach (var (i, step) in steps.Index())
        {
            var folder = Folder(i, step);
            terminal.Line($"{step.Name}: {step.Change}");
            var trained = Pretrain(step, source, folder, interruption.Token);
            if (!trained.Finished)
            {
                terminal.Line($"stopped at {step.Name}, and a checkpoint is in {folder}; the same line goes on from there");
                return ExitCode.Failed;
            }
            var rows = Measure(step, folder, data, interruption.Token);
            measured.Add(new(step.Name, step.Change, trained.Step * step.Options.Training.BatchSize, trained.Seconds, rows));
            AblationFile.Write(Path.Combine(request.Output, AblationFile.FileName), AblationComparison.From(measured));
        }
        Conclude(AblationComparison.From(measured), Folder(steps.Count - 1, steps[^1]));
        return ExitCode.Success;
    }

    private string Folder(int number, AblationStep step) => Path.Combine(request.Output, $"{number}-{step.Name.ToLowerInvariant()}");

    private PretrainResult Pretrain(AblationStep step, IImageSource source, string folder, CancellationToken cancel)
    {
        var earlier = BegunRun.In(folder)?.ExpectRecipe(step.Options.Recipe).ExpectBudget(request.Budget)
            .ExpectSeed(request.Seed).ExpectThreads(request.Threads);
        earlier?.Check();
        return new Pretraining(terminal, device, earlier?.Threads ?? request.Threads ?? RunOptions.DefaultThreads) { IsOneOfMany = true }
            .Run(source, earlier is null ? step.Options : null, folder, request.Command, cancel);
    }

    private IReadOnlyList<EvaluationResult> Measure(AblationStep step, string folder, LabelledSplits data, CancellationToken cancel)
    {
        using var encoder = TrainedEncoder.Load(folder, device);
        var threads = request.Threads ?? RunOptions.DefaultThreads;
        if (!readable.TryGetValue(encoder.Input, out var splits))
            readable[encoder.Input] = splits = evaluating.Readable(data, encoder.Input, threads, cancel);
        if (request.Data.Validation) splits = splits.Validating();
        var protocols = new ProtocolDials { Pooling = request.Pooling }.Apply([new Linear()]);
        var plan = new EvaluationPlan(step.Options.Recipe, protocols, request.Data.Labels, encoder.Input, threads, request.Data.Draws)
        {
            NewEncoder = () => TrainedEncoder.Load(folder, device),
        };
        return evaluating.Run(splits, plan, folder, cancel);
    }

    private void Conclude(AblationComparison ablation, string last)
    {
        terminal.Now("making the report");
        Table(ablation);
        evaluating.Remarks();
        AblationPlot.Write(Path.Combine(request.Output, AblationPlot.FileName), ablation);
        var report = Path.Combine(request.Output, HtmlReport.FileName);
        HtmlReport.Write(report, new()
        {
            Title = $"From CPC v1 to v2 on {ablation.Data}",
            Ablation = ablation,
            Run = RunDescription.Read(Path.Combine(last, RunDescription.FileName)),
        });
        terminal.Line($"report: {report}");
        JsonFile.Write(request.Json, AblationFields.Of(request.Output, ablation, report));
    }

    private void Table(AblationComparison ablation)
    {
        var table = new Table().Border(terminal.Live ? TableBorder.Rounded : TableBorder.Ascii2).AddColumn("step")
            .AddColumn("what changes");
        foreach (var labels in ablation.Amounts)
            table.AddColumn(new TableColumn(labels).RightAligned()).AddColumn(new TableColumn("gain").RightAligned());
        table.AddColumn(new TableColumn("images seen").RightAligned());
        foreach (var step in ablation.Steps)
            table.AddRow([Markup.Escape(step.Name), Markup.Escape(step.Change),
                .. step.Points.SelectMany(point => new[] { $"{point.Top1} %", point.Gain is { } gain ? gain.Signed() : "" }),
                FormattableString.Invariant($"{step.Images:N0}")]);
        terminal.Console.Write(table);
    }
}
