using System.CommandLine;
using Foresee.Studies.FewShot;

namespace Foresee.Cli;

/// <summary>foresee fewshot: how well new classes are told apart from one image or a few.</summary>
internal static class FewShotCommand
{
    private static readonly Dictionary<string, FewShotHead> Heads = Enum.GetValues<FewShotHead>().ToDictionary(FewShotOutcome.NameOf);

    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES")
        {
            Description = $"classes that are new: {Describe.Labelled}; the test part where there is one. Or a folder of Omniglot's one-shot "
                + "runs (run01/class_labels.txt)",
        };
        var encoder = new Option<string?>("--encoder")
        {
            Description = "a run, a start (start list) or a file of weights: its features are asked, or with --learn learnt on",
            HelpName = "RUN",
        };
        var learn = new Option<string?>("--learn")
        {
            Description = "labelled images of other classes, from whose episodes an encoder learns first (a small new one without --encoder)",
            HelpName = "LABELLED",
        };
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives results.csv and, with --learn, the encoder",
            HelpName = "folder",
            Required = true,
        };
        var heads = Dial.SomeOf("--head", "prototypes: nearest mean of a class; matching: softmax of cosines (default: both; with --learn "
            + "prototypes, for which the encoder learns)", Heads);
        var ways = Dial.Whole("--ways", "classes of an episode (default: 5)", least: 2);
        var shots = Dial.Numbers("--shots", "labelled images of each class (default: 1,5); an encoder learns for the first", least: 1);
        var queries = Dial.Whole("--queries", "images of each class to tell apart (default: 15)", least: 1);
        var episodes = Dial.Whole("--episodes", "for the 95 % interval (default: 600)", least: 2);
        var seed = Dial.Whole("--seed", "of episodes and of learning (default: 0)", least: 0);
        var steps = Dial.Whole("--steps", "of learning, an episode each (default: 2000)", least: 1);
        var size = Dial.Whole("--size", "pixels that a new encoder brings images to (default: their own, at most 64)", least: 16, most: 512);
        var validation = new Option<bool>("--validation") { Description = "ask the training part instead of the test part" };
        var run = new RunOptions();
        var command = new Command("fewshot", "Measures how well new classes are told apart from one image of each or a few")
        {
            images, encoder, learn, output, heads, ways, shots, queries, episodes, seed, steps, size, validation,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var learnt = parsed.GetValue(learn);
            var plan = new FewShotPlan(parsed.GetValue(ways) ?? 5, parsed.GetValue(shots) ?? [1, 5]);
            plan = plan with
            {
                Queries = parsed.GetValue(queries) ?? plan.Queries,
                Episodes = parsed.GetValue(episodes) ?? plan.Episodes,
                Seed = parsed.GetValue(seed) ?? plan.Seed,
                Threads = run.ThreadsOf(parsed),
            };
            IReadOnlyList<FewShotHead> asked = parsed.GetValue(heads) ?? (learnt is null ? [.. Heads.Values] : [FewShotHead.Prototypes]);
            var learning = new EpisodicOptions(asked[0], plan.Shots[0]);
            var request = new FewShotRequest(parsed.GetValue(images)!, parsed.GetValue(output)!, plan, asked)
            {
                Encoder = parsed.GetValue(encoder),
                Learn = learnt,
                Learning = learning with { Steps = parsed.GetValue(steps) ?? learning.Steps },
                Size = parsed.GetValue(size),
                Validation = parsed.GetValue(validation),
                Json = parsed.GetValue(run.Json),
            };
            request.Check();
            OutputFolder.Prepare(request.Output);
            return new FewShotMeasuring(terminal, request).Run(() => run.Start(parsed));
        });
        return command;
    }
}
