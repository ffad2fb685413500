using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Foresee.Detection;

namespace Foresee.Cli;

/// <summary>foresee detect train: a detector from images with boxes.</summary>
internal static class DetectTrainCommand
{
    private static readonly Dictionary<string, DetectorNetwork> Networks = new()
    {
        ["fpn"] = DetectorNetwork.Pyramid,
        ["c4"] = DetectorNetwork.LastStage,
        ["grid"] = DetectorNetwork.Grid,
    };

    private static readonly Dictionary<string, DetectorMirror> Mirrors = new()
    {
        ["none"] = DetectorMirror.None,
        ["horizontal"] = DetectorMirror.Horizontal,
        ["both"] = DetectorMirror.Both,
    };

    private static readonly Dictionary<string, DetectorSchedule> Schedules = new()
    {
        ["steps"] = DetectorSchedule.Steps,
        ["one-cycle"] = DetectorSchedule.OneCycle,
    };

    public static Command Create(Terminal terminal)
    {
        var data = new Argument<string>("DATA") { Description = DetectCommand.Data };
        var output = new Option<string>("--out") { Description = "the folder that receives the detector", HelpName = "folder", Required = true };
        var start = new Option<string?>("--start")
        {
            Description = "the encoder: a start (start list), a run, or a file of weights (default: a ResNet-18 with random weights)",
            HelpName = "start",
        };
        var random = new Option<bool>("--random") { Description = "draw the weights of --start anew: what they have to be better than" };
        var frozen = new Option<bool>("--frozen") { Description = "leave the encoder as it is; only what stands on it learns" };
        var network = OneOf("--network", "fpn: a feature pyramid; c4: the last stage on each region; grid: on an encoder of patches (default: "
            + "fpn, on patches grid)", Networks);
        var split = new Option<string?>("--split") { Description = "which images to learn from (default: train, where there is one)", HelpName = "name" };
        var share = Dial.Positive("--share", "learn from a part of them, such as 0.25, drawn by the seed (default: 1)");
        var size = new Option<CanvasSize?>("--size")
        {
            Description = "pixels that images are brought to (default: by the images, at most 640)",
            HelpName = "WxH",
            CustomParser = ParseSize,
        };
        var epochs = Dial.Positive("--epochs", "passes over the images (default: 20)");
        var batch = Dial.Whole("--batch", "images per step (default: 4)", least: 1);
        var rate = Dial.Positive("--rate", "learning rate (default: 0.0025 for each image of a step)");
        var schedule = OneOf("--schedule", "steps: a tenth of the rate after 70 % and again after 90 %; one-cycle: up, then down (default: steps)",
            Schedules);
        var mirror = OneOf("--mirror", "mirrored copies: none, horizontal, or both ways where images have no upside (default: horizontal)", Mirrors);
        var seed = Dial.Whole("--seed", "of weights, order, changes and the share (default: 0)", least: 0);
        var checkpoints = Dial.Positive("--checkpoint-seconds", "the most that a killed training loses (default: 60)");
        var resume = new Option<bool>("--resume") { Description = "go on with the training in the folder, with the options it began with" };
        var precision = Precision.Option();
        var run = new RunOptions();
        var command = new Command("train", "Learns to find objects from images with boxes around them (Faster R-CNN)")
        {
            data, start, random, frozen, network, split, share, size, epochs, batch, rate, schedule, mirror, seed, precision, output,
            checkpoints, resume,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var request = new DetectTrainRequest(parsed.GetValue(data)!, parsed.GetValue(output)!, Describe.Typed(parsed))
            {
                Start = parsed.GetValue(start),
                Random = parsed.GetValue(random),
                Frozen = parsed.GetValue(frozen),
                Network = Chosen(parsed, network, Networks),
                Split = parsed.GetValue(split),
                Share = parsed.GetValue(share),
                Size = parsed.GetValue(size),
                Epochs = parsed.GetValue(epochs),
                Batch = parsed.GetValue(batch),
                Rate = parsed.GetValue(rate),
                Schedule = Chosen(parsed, schedule, Schedules),
                Mirror = Chosen(parsed, mirror, Mirrors),
                Seed = parsed.GetValue(seed),
                Precision = parsed.GetValue(precision),
                CheckpointSeconds = parsed.GetValue(checkpoints),
                Resume = parsed.GetValue(resume),
                Json = parsed.GetValue(run.Json),
                Threads = run.ThreadsOf(parsed),
            };
            request.Check();
            return request.Run(terminal, run.Start(parsed));
        });
        return command;
    }

    private static Option<string?> OneOf<T>(string name, string description, Dictionary<string, T> values)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = string.Join('|', values.Keys) };
        option.AcceptOnlyFromAmong([.. values.Keys]);
        return option;
    }

    private static T? Chosen<T>(ParseResult parsed, Option<string?> option, Dictionary<string, T> values) where T : struct =>
        parsed.GetValue(option) is { } word ? values[word] : null;

    private static CanvasSize? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
        if (text.Split('x') is [var left, var right] && int.TryParse(left, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(right, CultureInfo.InvariantCulture, out var height)
            && Math.Min(width, height) >= 32 && Math.Max(width, height) <= 4096)
            return new(width, height);
        result.AddError($"--size must be width x height in pixels from 32 to 4096, such as 320x240, got '{text}'.");
        return null;
    }
}
