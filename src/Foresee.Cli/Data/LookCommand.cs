using System.CommandLine;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Starts;
using Foresee.Studies;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee look: what is in these images, before anything long is begun?</summary>
internal static class LookCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives the small encoder, its pictures and report.html",
            HelpName = "folder",
            Required = true,
        };
        var run = new RunOptions();
        var command = new Command("look", "Looks at images for a minute: what is like what, how well classes come apart, what to try next")
        {
            images, output,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            if (BegunRun.In(folder) is not null)
                throw new UsageException($"{folder} already holds a run; choose another --out.");
            var device = run.Start(parsed);
            return Run(terminal, parsed.GetValue(images)!, folder, Describe.Typed(parsed), device, run.ThreadsOf(parsed));
        });
        return command;
    }

    private static int Run(Terminal terminal, string name, string folder, string command, Device device, int threads)
    {
        Named.Images(name);
        terminal.Now($"listing the images of {name}");
        var all = ImageSources.Open(name);
        var labelled = Labelled(name);
        OutputFolder.Prepare(folder);
        using var interruption = new Interruption(terminal);
        var some = QuickLook.Some(all);
        if (some.Count < all.Count)
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"looking at {some.Count:N0} of {all.Count:N0} images, evenly taken"));
        var recipe = Recipe.Find(Describe.RecipeFor(all));
        var options = QuickLook.Options(recipe, some);
        var result = new Pretraining(terminal, device, threads).Run(some, options, folder, command, interruption.Token);
        if (!result.Finished) throw new OperationCanceledException(interruption.Token);
        if (labelled is not null) Tell(terminal, folder, device, some, labelled, threads);
        foreach (var advice in QuickLook.Advice(new(recipe.Name, all.Count, options.Input), Leak(name, labelled)))
            terminal.Line($"worth a try: {advice}");
        var next = Next(name, labelled);
        terminal.Line($"what is like what: {Path.Combine(folder, PretrainPictures.NearestFile)}");
        terminal.Line($"report: {RunReport.Write(terminal, folder, null, folder, $"A look at {all.Name}", [], [next])}");
        NextLine.Tell(terminal, next);
        return ExitCode.Success;
    }

    /// <summary>Null where the images have no classes.</summary>
    private static LabelledImages? Labelled(string name)
    {
        try
        {
            return LabelledSources.OpenTraining(name);
        }
        catch (ImageDataException)
        {
            return null;
        }
    }

    private static string? Leak(string name, LabelledImages? labelled)
    {
        var start = PretrainedStart.All[0];
        return SeenLabels.Of(start.Name, start.TrainedOn, name, labelled?.Classes ?? []);
    }

    private static void Tell(Terminal terminal, string folder, Device device, IImageSource images, LabelledImages labelled, int threads)
    {
        terminal.Now("asking nearest neighbours for the classes");
        using var encoder = TrainedEncoder.Load(folder, device);
        try
        {
            var seen = QuickLook.Measure(encoder, images, labelled, threads);
            terminal.Line($"nearest neighbours tell {ProgressView.Percent(seen.Accuracy ?? 0)} of the labelled images apart "
                + $"(chance {ProgressView.Percent(seen.ChanceLevel ?? 0)}), half of at most 2,000 voting on the other half");
        }
        catch (ImageDataException error)
        {
            terminal.Warn($"how well classes come apart is not told. {error.Message}");
        }
    }

    private static NextCommand Next(string name, LabelledImages? labelled)
    {
        string[] words = labelled is null
            ? ["pretrain", name, "--minutes", "30", "--out", "runs/mine"]
            : ["compare", name, "--minutes", "10", "--labels", $"{Math.Clamp(labelled.Counts().Min() / 2, 1, 10)}/class", "--out",
                "runs/compare", .. HasTest(name) ? Array.Empty<string>() : ["--validation"]];
        return new(Launcher.Command(words), labelled is null ? "Learn from the images" : "See which start is best for them");
    }

    private static bool HasTest(string name)
    {
        try
        {
            return LabelledSources.Open(name).Test is not null;
        }
        catch (ImageDataException)
        {
            return false;
        }
    }
}
