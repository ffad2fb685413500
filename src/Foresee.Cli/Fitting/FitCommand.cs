using System.CommandLine;
using Foresee.Fitting;

namespace Foresee.Cli;

/// <summary>foresee fit: from images and a few labels to a classifier in use.</summary>
internal static class FitCommand
{
    private const double UsualMinutes = 30;

    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var labelled = new Argument<string>("LABELLED") { Description = "a few of the kind with their classes: " + Describe.Labelled };
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives the model; called again it goes on there",
            HelpName = "folder",
            Required = true,
        };
        var minutes = Dial.Positive("--minutes", $"wall time of everything (default: {UsualMinutes})");
        var starts = new Option<string?>("--starts")
        {
            Description = "what to build on beside none, kmeans and imagenet-resnet18, with commas between them: a method, a RUN or a file of "
                + "weights (default: the recipe's method)",
            HelpName = "names",
        };
        var without = new Option<string?>("--without")
        {
            Description = $"leave out of {string.Join(", ", ComparedStarts.Always)}, which else are always tried",
            HelpName = "names",
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "how images are read (default: the data set's own, or folder)",
            HelpName = "name",
        };
        var protocol = EvaluateOptions.Protocol("protocols to choose from for each start (default: "
            + $"{string.Join(",", Candidates.Protocols.Select(p => p.Name))})");
        var leak = EvaluateOptions.AllowLeak();
        var seed = Dial.Whole("--seed", "of folds, pretraining and every fit (default: 0)", least: 0);
        var run = new RunOptions();
        var command = new Command("fit",
            "Makes a classifier from images and a few labels: tries what there is, keeps the best, calibrates it")
        {
            images, labelled, output, minutes, starts, without, recipe, protocol, leak, seed,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(recipe) is { } name) Describe.CheckRecipe(name);
            var request = new FitRequest(parsed.GetValue(images)!, parsed.GetValue(labelled)!, parsed.GetValue(output)!,
                Describe.Typed(parsed))
            {
                Minutes = parsed.GetValue(minutes) ?? UsualMinutes,
                Starts = parsed.GetValue(starts),
                Without = parsed.GetValue(without),
                Recipe = parsed.GetValue(recipe),
                Protocols = parsed.GetValue(protocol) ?? [],
                AllowLeak = parsed.GetValue(leak),
                Seed = parsed.GetValue(seed) ?? 0,
                Threads = run.ThreadsOf(parsed),
                Json = parsed.GetValue(run.Json),
            };
            request.Check();
            return request.Run(terminal, run.Start(parsed));
        });
        return command;
    }
}
