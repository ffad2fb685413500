using System.CommandLine;
using Foresee.Evaluation;
using Foresee.Studies.Adaptation;

namespace Foresee.Cli;

/// <summary>foresee adapt: labels of one place, images of another.</summary>
internal static class AdaptCommand
{
    private static readonly Dictionary<string, AdaptationMethod> Methods =
        new[] { AdaptationMethod.OptimalTransport, AdaptationMethod.Dann }.ToDictionary(AdaptationPlan.NameOf);

    public static Command Create(Terminal terminal)
    {
        var source = new Argument<string>("SOURCE") { Description = $"labelled images: {Describe.Labelled}" };
        var target = new Argument<string>("TARGET")
        {
            Description = "images of another place without labels, named as SOURCE or any folder of images; where they have classes or a test "
                + "part, these are read at the end, to measure",
        };
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives results.csv and, for each method, the classes of the target's images",
            HelpName = "folder",
            Required = true,
        };
        var encoder = new Option<string?>("--encoder")
        {
            Description = "frozen features of a run, a start (start list) or a file of weights; without it a small network learns from pixels",
            HelpName = "RUN",
        };
        var methods = Dial.SomeOf("--method", "ot: optimal transport of the source's features; dann: a network that learns against a domain "
            + "head (default: both, beside the source alone)", Methods);
        var validation = new Option<bool>("--validation")
        {
            Description = "measure on target images held out of its training part instead of its test part",
        };
        var draws = Dial.Whole("--draws", "seeds of learning, for the 95 % interval (default: 3)", least: 1, most: 1000);
        var seed = Dial.Whole("--seed", "the first of them (default: 0)", least: 0);
        var images = Dial.Whole("--images", "images of each place that are learnt from at most, evenly taken (default: 10000)", least: 2);
        var steps = Dial.Whole("--steps", "of a network, each of 64 images of both places (default: 1500)", least: 1);
        var size = Dial.Whole("--size", "pixels that images are brought to for the encoder (default: as it was trained)", least: 8, most: 1024);
        var pooling = PoolingOption.For("features", "1x1");
        var run = new RunOptions();
        var command = new Command("adapt", "Classifies images of one place by the labels of another")
        {
            source, target, output, encoder, methods, validation, draws, seed, images, steps, size, pooling,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var usual = new AdaptationPlan([]);
            var request = new AdaptRequest(parsed.GetValue(source)!, parsed.GetValue(target)!, parsed.GetValue(output)!,
                parsed.GetValue(encoder), parsed.GetValue(size), parsed.GetValue(validation), parsed.GetValue(run.Json), usual with
                {
                    Methods = [AdaptationMethod.SourceOnly, .. parsed.GetValue(methods) ?? [.. Methods.Values]],
                    Draws = parsed.GetValue(draws) ?? usual.Draws,
                    Seed = parsed.GetValue(seed) ?? usual.Seed,
                    Images = parsed.GetValue(images) ?? usual.Images,
                    Dann = usual.Dann with { Steps = parsed.GetValue(steps) ?? usual.Dann.Steps },
                    Pooling = parsed.GetValue(pooling) ?? GridPooling.One,
                    Threads = run.ThreadsOf(parsed),
                });
            if (request is { Size: not null, Encoder: null }) throw new UsageException("--size is for an --encoder; leave it out, or name one.");
            Named.Images(request.Source, request.Target);
            OutputFolder.Prepare(request.Output);
            return Adapting.Run(terminal, request, () => run.Start(parsed));
        });
        return command;
    }
}

/// <summary>What adapt was asked.</summary>
/// <param name="Encoder">Null for a network from pixels.</param>
/// <param name="Size">Pixels for it; null for its own.</param>
internal sealed record AdaptRequest(string Source, string Target, string Output, string? Encoder, int? Size, bool Validation,
    FileInfo? Json, AdaptationPlan Plan);
