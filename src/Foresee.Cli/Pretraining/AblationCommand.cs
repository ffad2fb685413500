using System.CommandLine;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>foresee ablation: what is each step from CPC v1 to v2 worth on these images?</summary>
internal static class AblationCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var labelled = new Option<string>("--labelled")
        {
            Description = "what the steps are measured on: " + Describe.Labelled,
            HelpName = "folder",
            Required = true,
        };
        var data = new LabelledOptions("where those of --labelled have none of their own");
        var recipe = new Option<string?>("--recipe")
        {
            Description = "whose sizes and training the steps have (default: the data set's own, or folder)",
            HelpName = "name",
        };
        var minutes = Dial.Positive("--minutes", "pretrain each step for so long");
        var passes = Dial.Whole("--images", "pretrain each step on so many images, repeats counted", least: 1);
        var pooling = PoolingOption.For("the linear probes", "all of it");
        var seed = Dial.Whole("--seed", "of weights, order and augmentation (default: 0)", least: 0);
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives a run per step, "
                + $"{Reports.AblationFile.FileName}, {Reports.AblationPlot.FileName} and report.html",
            HelpName = "folder",
            Required = true,
        };
        var run = new RunOptions();
        var command = new Command("ablation", "Goes from CPC v1 to v2 step by step under one budget, and tells what each step is worth")
        {
            images, labelled, data.Test, data.Validation, recipe, minutes, passes, data.Labels, pooling, data.Draws, seed, output,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(minutes) is null == result.GetResult(passes) is null)
                result.AddError("Each step needs a length: give --minutes or --images, one of them.");
        });
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(recipe) is { } name) Describe.CheckRecipe(name);
            var budget = new Budget(Minutes: parsed.GetValue(minutes), Images: parsed.GetValue(passes));
            var request = new AblationRequest(parsed.GetValue(images)!, data.Read(parsed, parsed.GetValue(labelled)!),
                parsed.GetValue(recipe), budget, parsed.GetValue(output)!, Describe.Typed(parsed))
            {
                Pooling = parsed.GetValue(pooling),
                Seed = parsed.GetValue(seed),
                Threads = parsed.GetValue(run.Threads),
                Json = parsed.GetValue(run.Json),
            };
            return new AblationStudy(terminal, request, run.Start(parsed)).Run();
        });
        return command;
    }
}
