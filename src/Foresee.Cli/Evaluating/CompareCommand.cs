using System.CommandLine;
using Foresee.Reports;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>foresee compare: which start is best for these images?</summary>
internal static class CompareCommand
{
    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("DATA") { Description = Describe.Labelled };
        var starts = new Option<string?>("--starts")
        {
            Description = "what to compare, with commas between them: none (the supervised baseline), a method, a pretrained start, "
                + "METHOD+START (the method goes on from it), a RUN or a file of weights (default: the recipe's method)",
            HelpName = "names",
        };
        var without = new Option<string?>("--without")
        {
            Description = $"leave out of {string.Join(", ", ComparedStarts.Always)}, which else always stand in the table",
            HelpName = "names",
        };
        var unlabelled = new Option<string?>("--unlabelled")
        {
            Description = "images to pretrain on (default: DATA's own training images, without their labels)",
            HelpName = "folder",
        };
        var recipe = new Option<string?>("--recipe")
        {
            Description = "how images are read (default: the data set's own, or folder)",
            HelpName = "name",
        };
        var minutes = Dial.Positive("--minutes", "pretrain each start for so long");
        var passes = Dial.Whole("--images", "pretrain each start on so many images, repeats counted", least: 1);
        var fine = Dial.Positive("--fine-tune-minutes",
            "fine-tune a start where all its fits are estimated to take no longer (default: --minutes, else 5)");
        var protocol = EvaluateOptions.Protocol("protocols to choose from for each start: linear, fine-tuned and others; "
            + "a word that is none of them shows all (default: linear,self-trained,fine-tuned)");
        var data = new LabelledOptions("where DATA has none of its own");
        var baseline = new BaselineOptions();
        var leak = EvaluateOptions.AllowLeak();
        var seed = Dial.Whole("--seed", "of every pretraining: weights, order and augmentation (default: 0)", least: 0);
        var output = new Option<string>("--out")
        {
            Description = $"the folder that receives a folder per start, {StartsFile.FileName} and {HtmlReport.FileName}",
            HelpName = "folder",
            Required = true,
        };
        var (timeout, run) = (Ranks.Timeout(), new RunOptions());
        var command = new Command("compare", "Finds the best start for your images: pretrained weights and methods, under one budget")
        {
            labelled, starts, without, unlabelled, recipe, minutes, passes, data.Labels, data.Draws, data.Test, data.Validation, protocol,
            fine, baseline.Tune, baseline.Minutes, baseline.Tuned, leak, seed, output, timeout,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(minutes) is null == result.GetResult(passes) is null)
                result.AddError("Each start needs a length: give --minutes or --images, one of them.");
        });
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(recipe) is { } name) Describe.CheckRecipe(name);
            var request = new CompareRequest(data.Read(parsed, parsed.GetValue(labelled)!),
                new Budget(Minutes: parsed.GetValue(minutes), Images: parsed.GetValue(passes)), parsed.GetValue(output)!,
                Describe.Typed(parsed))
            {
                Starts = parsed.GetValue(starts),
                Without = parsed.GetValue(without),
                Unlabelled = parsed.GetValue(unlabelled),
                Recipe = parsed.GetValue(recipe),
                Protocols = parsed.GetValue(protocol) ?? [],
                FineTuneMinutes = parsed.GetValue(fine),
                Baseline = baseline.Read(parsed),
                AllowLeak = parsed.GetValue(leak),
                Seed = parsed.GetValue(seed) ?? 0,
                Threads = run.ThreadsOf(parsed),
                Json = parsed.GetValue(run.Json),
            };
            request.Check();
            var device = run.Start(parsed);
            if (Ranks.Place is { } place)
                return Ranks.Together(terminal, place, device, parsed.GetValue(timeout), (shown, group, _, threads) =>
                    (request with { Threads = parsed.GetValue(run.Threads) ?? threads, Group = group }).RunRank(shown, device));
            Ranks.TellAlone(terminal, null, parsed.GetValue(timeout));
            return request.Run(terminal, device);
        });
        return command;
    }
}
