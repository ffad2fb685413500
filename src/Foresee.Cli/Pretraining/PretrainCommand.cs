using System.CommandLine;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>foresee pretrain: learns an encoder from images without labels.</summary>
internal static class PretrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var recipe = new Option<string?>("--recipe")
        {
            Description = $"how to train: {string.Join(", ", Recipe.All.Select(r => r.Name))} (default: the data set's own, or folder)",
            HelpName = "name",
        };
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives the run",
            HelpName = "folder",
            Required = true,
        };
        var epochs = Dial.Positive("--epochs", "train for so many passes over the images (default: the recipe's)");
        var minutes = Dial.Positive("--minutes", "train for so long");
        var passes = Dial.Whole("--images", "train on so many images, repeats counted", least: 1);
        var seed = Dial.Whole("--seed", "of weights, order and augmentation (default: 0)", least: 0);
        var checkpoints = Dial.Positive("--checkpoint-seconds", "the most that a killed run loses (default: 60)");
        var resume = new Option<bool>("--resume") { Description = "go on with the run in the folder, with the options it began with" };
        var probe = new Option<string?>("--probe")
        {
            Description = "a few labelled images, to see now and then whether the encoder becomes useful; the loss never sees them",
            HelpName = "labelled",
        };
        var method = new Option<string?>("--method")
        {
            Description = "how to learn, by any method of docs/methods, such as cpc-v2 (default: the recipe's; an unknown name lists all)",
            HelpName = "name",
        };
        var start = new Option<string?>("--start")
        {
            Description = "learn on from these weights: a start (start list), a run, or a file of weights (default: random ones)",
            HelpName = "start",
        };
        var side = Dial.Whole("--size", "pixels that images are brought to for the --start (default: their own, at least 64)", least: 8);
        var frameRate = Dial.Positive("--frame-rate", "frames per second that are made of videos (default: 8)");
        var frameStep = Dial.Whole("--frame-step", "of clips, look at each frame, or at each second (2), third (3) (default: 1)", least: 1);
        var precision = Precision.Option();
        var (exchange, rankTimeout) = (Ranks.Exchange(), Ranks.Timeout());
        var run = new RunOptions();
        var command = new Command("pretrain", "Learns from images without labels and saves an encoder")
        {
            images, method, start, side, recipe, output, epochs, minutes, passes, seed, checkpoints, probe, frameRate, frameStep,
            precision, resume, exchange, rankTimeout,
        };
        run.AddTo(command);
        command.Validators.Add(result =>
        {
            Option[] lengths = [epochs, minutes, passes];
            var given = lengths.Where(option => result.GetResult(option) is not null).Select(option => option.Name).ToList();
            if (given.Count > 1) result.AddError($"{string.Join(" and ", given)} exclude each other; give one length.");
        });
        command.SetAction(parsed =>
        {
            var request = new PretrainRequest(parsed.GetValue(images)!, parsed.GetValue(output)!, Describe.Typed(parsed))
            {
                Method = parsed.GetValue(method),
                Start = parsed.GetValue(start),
                Side = parsed.GetValue(side),
                Recipe = parsed.GetValue(recipe),
                Precision = parsed.GetValue(precision),
                Budget = (parsed.GetValue(epochs), parsed.GetValue(passes), parsed.GetValue(minutes)) switch
                {
                    (null, null, null) => null,
                    var (e, i, m) => new Budget(e, i, m),
                },
                Seed = parsed.GetValue(seed),
                CheckpointSeconds = parsed.GetValue(checkpoints),
                Probe = parsed.GetValue(probe),
                Resume = parsed.GetValue(resume),
                FrameRate = parsed.GetValue(frameRate),
                FrameStep = parsed.GetValue(frameStep),
                Threads = parsed.GetValue(run.Threads),
                Exchange = parsed.GetValue(exchange),
                RankTimeout = parsed.GetValue(rankTimeout),
                Json = parsed.GetValue(run.Json),
            };
            if (Ranks.Place is { } place) return request.RunRank(terminal, place, run.Start(parsed));
            Ranks.TellAlone(terminal, request.Exchange, request.RankTimeout);
            var begun = request.Check();
            return request.Run(terminal, begun, run.Start(parsed), BatchShare.Whole, RunOptions.DefaultThreads);
        });
        return command;
    }
}
