using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>Pretraining on Fashion-MNIST, the comparison with the supervised baseline, the report, and a model to use.</summary>
/// <param name="command">As typed, for the record.</param>
internal sealed class Demo(Terminal terminal, string folder, int draws, string command, Device device)
{
    private static readonly LabelAmount[] Amounts =
        [.. new[] { 10, 25, 60, 200 }.Select(count => new LabelAmount(count, LabelUnit.PerClass))];

    private readonly Evaluating evaluating = new(terminal);

    /// <param name="begun">The run to go on with, or null for a new one.</param>
    public int Run(BegunRun? begun, int threads, FileInfo? json)
    {
        var images = ImageSources.Open(DemoCommand.Data);
        var splits = LabelledSources.Open(DemoCommand.Data);
        OutputFolder.Prepare(folder);

        using var interruption = new Interruption(terminal);
        var options = begun is not null ? null : Recipe.Find(DemoCommand.Data).Build(images) with { Compute = Precision.For(device).Type };
        var trained = new Pretraining(terminal, device, threads).Run(images, options, folder, command, interruption.Token);
        if (!trained.Finished)
        {
            terminal.Line($"stopped, and a checkpoint is in {folder}; this goes on: {command}");
            return ExitCode.Failed;
        }
        terminal.Line($"pretrained in {ProgressView.Duration(trained.Seconds)}; now labels: {string.Join(", ", Amounts)}, "
            + $"drawn {draws} times");
        Measure(images, splits, threads, json, interruption.Token);
        return ExitCode.Success;
    }

    private void Measure(IImageSource images, LabelledSplits splits, int threads, FileInfo? json, CancellationToken cancel)
    {
        using var encoder = TrainedEncoder.Load(folder, device);
        IProtocol[] protocols = [new LabelSpreading(), new Linear(), new Supervised()];
        var plan = new EvaluationPlan(DemoCommand.Data, protocols, Amounts, encoder.Input, threads, draws)
        {
            NewEncoder = () => TrainedEncoder.Load(folder, device),
        };
        splits = evaluating.Readable(splits, encoder.Input, threads, cancel);
        var rows = evaluating.Run(splits, plan, folder, cancel);
        var comparison = LabelComparison.From(rows, protocols[0].Name, protocols[^1].Name, KnownProtocols.Titles);
        terminal.Line();
        evaluating.Table(comparison);
        foreach (var sentence in Headline.Sentences(comparison)) terminal.Line(sentence);

        var report = evaluating.Report(folder, comparison, folder, "Fashion-MNIST from few labels", NextLine.OfOwnImages);
        JsonFile.Write(json, EvaluationFields.Of(folder, splits, rows, comparison, report));
        terminal.Line($"report: {Path.GetFullPath(report)}");
        var model = new DemoModel(terminal, folder, command, device, threads);
        model.Fit(images, splits, cancel);
        model.Predict(splits.Test!);
        terminal.Line(FormattableString.Invariant($"peak memory {PeakMemory.Mebibytes()} MiB"));
        NextLine.Tell(terminal, NextLine.OfOwnImages[0]);
    }
}
