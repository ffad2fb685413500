using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Foresee.Inference.Suggesting;
using Foresee.Studies;

namespace Foresee.Cli;

/// <summary>foresee suggest: which images should be labelled next?</summary>
internal static class SuggestCommand
{
    private static readonly Dictionary<string, SuggestionRule?> Rules = new SuggestionRule?[] { null }
        .Concat(Enum.GetValues<SuggestionRule>().Select(rule => (SuggestionRule?)rule)).ToDictionary(SuggestionTrialPlan.NameOf);

    public static Command Create(Terminal terminal)
    {
        var model = new Argument<string>("MODEL")
        {
            Description = "the folder that fit or pretrain wrote, a start (start list), or a file of weights: .safetensors or .onnx",
        };
        var pool = new Argument<string>("POOL") { Description = $"the images to choose from: {Describe.Images}" };
        var count = new Option<int[]>("--count")
        {
            Description = "how many images to suggest; for a trial also several, rising, with commas between them",
            HelpName = "n",
            Required = true,
            CustomParser = ParseCounts,
        };
        var labelled = new Option<string?>("--labelled")
        {
            Description = "images that have a label, none of which is suggested again, and whose classes teach a classifier what to ask: "
                + Describe.Labelled,
            HelpName = "folder",
        };
        var output = new Option<FileInfo?>("--out")
        {
            Description = "file that receives path,score,rule,reason,nearest,similarity, the image to label first in the first line; "
                + "a contact sheet is written beside it (default: suggested.csv; of a trial suggest-trial.csv)",
            HelpName = "suggested.csv",
        };
        var by = new Option<SuggestionRule?[]?>("--by")
        {
            Description = $"the rule: {string.Join(", ", Rules.Keys)}; for a trial also several "
                + "(default: suggested, which is coverage with few labels and margin later)",
            HelpName = "rule",
            CustomParser = ParseRules,
        };
        var seed = Dial.Whole("--seed", "of all chance (default: 0)", least: 0);
        var trial = new Option<bool>("--trial")
        {
            Description = "measure on labelled images, named as POOL, whether suggested labels are worth more than labels by chance",
        };
        var test = new Option<string?>("--test")
        {
            Description = "of a trial: test images, where POOL has none of its own",
            HelpName = "folder",
        };
        var validation = new Option<bool>("--validation")
        {
            Description = "of a trial: measure on images held out of the training images instead of test images",
        };
        var draws = Dial.Whole("--draws", "of a trial: how often it is repeated, each time from other images (default: 10)", least: 1,
            most: 1000);
        var size = Dial.Whole("--pool", $"of a trial: images that each draw chooses from (default: {SuggestionTrialPlan.MostPooled})",
            least: 2);
        var round = Dial.Whole("--round", "of a trial: labels that are asked for at once (default: the first --count)", least: 1);
        var pooling = PoolingOption.For("features", "1x1");
        var run = new RunOptions();
        var command = new Command("suggest", "Suggests which images to label next")
        {
            model, pool, count, labelled, output, by, seed, pooling, trial, test, validation, draws, size, round,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new SuggestRequest(parsed.GetValue(model)!, parsed.GetValue(pool)!, parsed.GetValue(count)!)
            {
                Labelled = parsed.GetValue(labelled),
                Output = parsed.GetValue(output),
                Rules = parsed.GetValue(by) ?? [],
                Seed = parsed.GetValue(seed) ?? 0,
                Pooling = parsed.GetValue(pooling) ?? Evaluation.GridPooling.One,
                Threads = run.ThreadsOf(parsed),
                Json = parsed.GetValue(run.Json),
            };
            if (!parsed.GetValue(trial))
            {
                var stray = new Option[] { test, validation, draws, size, round }
                    .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
                if (stray is not null) throw new UsageException($"{stray.Name} belongs to --trial; add that, or leave {stray.Name} out.");
                request.Check();
                return SuggestImages.Run(terminal, request, () => run.Start(parsed));
            }
            var asked = new SuggestTrialRequest(request, parsed.GetValue(test), parsed.GetValue(validation), parsed.GetValue(draws) ?? 10,
                parsed.GetValue(size) ?? SuggestionTrialPlan.MostPooled, parsed.GetValue(round));
            asked.Check();
            return SuggestTrial.Run(terminal, asked, run.Start(parsed));
        });
        return command;
    }

    private static int[]? ParseCounts(ArgumentResult result)
    {
        var words = result.Tokens[0].Value.Split(',');
        var counts = Array.ConvertAll(words,
            word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0);
        if (counts.All(count => count > 0) && counts.Zip(counts.Skip(1)).All(pair => pair.First < pair.Second)) return counts;
        result.AddError("--count must be a whole number of 1 or more, or for a trial rising ones such as 100,500; got "
            + $"'{result.Tokens[0].Value}'.");
        return null;
    }

    private static SuggestionRule?[]? ParseRules(ArgumentResult result)
    {
        var words = result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries);
        var unknown = words.FirstOrDefault(word => !Rules.ContainsKey(word));
        if (unknown is null) return [.. words.Distinct().Select(word => Rules[word])];
        result.AddError($"--by must be {string.Join(", ", Rules.Keys.SkipLast(1))} or {Rules.Keys.Last()}; got '{unknown}'"
            + Dial.Suggest(unknown, Rules.Keys));
        return null;
    }
}
