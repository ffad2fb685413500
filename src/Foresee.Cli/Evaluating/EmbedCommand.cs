using System.CommandLine;
using Foresee.Evaluation;

namespace Foresee.Cli;

/// <summary>foresee embed: one vector per image, for other programs.</summary>
internal static class EmbedCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("RUN")
        {
            Description = "the folder that pretrain wrote, a start (start list), or a file of weights: .safetensors or .onnx; left out with --model",
        };
        var images = new Argument<string?>("IMAGES") { Description = Describe.Images, Arity = ArgumentArity.ZeroOrOne };
        var model = new Option<string?>("--model")
        {
            Description = $"{Describe.Model}: its vectors instead of a run's, without libtorch; then RUN is left out",
            HelpName = "MODEL",
        };
        var output = new Option<FileInfo>("--out")
        {
            Description = "NumPy file that receives [images, features] in f32; features.npy.txt beside it names the image of each row",
            HelpName = "features.npy",
            Required = true,
        };
        var pooling = PoolingOption.For("the vectors", "its mean");
        var (timeout, options) = (Ranks.Timeout(), new RunOptions());
        var command = new Command("embed", "Turns images into vectors with a pretrained encoder")
        {
            run, images, model, output, pooling, timeout,
        };
        options.AddTo(command);
        command.Validators.Add(result =>
        {
            var fitted = result.GetValue(model) is not null;
            if (!fitted && result.GetResult(run) is { Tokens.Count: > 0 } && result.GetValue(images) is null)
                result.AddError($"{images.Name} is missing: {images.Description}");
            if (fitted && result.GetValue(images) is not null)
                result.AddError("With --model the images alone are named: leave RUN out.");
            foreach (var option in new Option[] { pooling, options.Device })
                if (fitted && result.GetResult(option) is { Implicit: false })
                    result.AddError($"{option.Name} is not for a fitted model, which makes its vectors as it was fitted; leave it out.");
        });
        command.SetAction(parsed =>
        {
            var fitted = parsed.GetValue(model);
            var (first, second) = (parsed.GetValue(run)!, parsed.GetValue(images));
            var request = new EmbedRequest(fitted ?? first, fitted is null ? second! : first, parsed.GetValue(output)!)
            {
                Pooling = parsed.GetValue(pooling) ?? GridPooling.One,
                Threads = parsed.GetValue(options.Threads),
                Json = parsed.GetValue(options.Json),
            };
            if (fitted is not null && Ranks.Place is { } many) throw Ranks.Alone("embed --model", many);
            if (Ranks.Place is not { Rank: > 0 }) request.Check();
            if (Ranks.Place is { } place)
                return Ranks.Together(terminal, place, options.Start(parsed), parsed.GetValue(timeout), request.RunRank);
            Ranks.TellAlone(terminal, null, parsed.GetValue(timeout));
            return fitted is not null ? request.RunFitted(terminal)
                : request.Run(terminal, options.Start(parsed), RunOptions.DefaultThreads);
        });
        return command;
    }
}
