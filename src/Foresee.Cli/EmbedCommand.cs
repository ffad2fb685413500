using System.CommandLine;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Cli;

/// <summary>foresee embed: one vector per image, for other programs.</summary>
internal static class EmbedCommand
{
    private const int BatchSize = 100;

    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("RUN") { Description = "the folder that pretrain wrote" };
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var output = new Option<FileInfo>("--out") { Description = "NumPy file that receives [images, features] in f32; features.npy.txt beside it names the image of each row", HelpName = "features.npy", Required = true };
        var pooling = PoolingOption.For("the vectors", "its mean");
        var options = new RunOptions();
        var command = new Command("embed", "Turns images into vectors with a pretrained encoder") { run, images, output, pooling };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(output)!;
            OutputFolder.PrepareFor(file);
            var device = options.Start(parsed);
            var source = ImageSources.Open(parsed.GetValue(images)!);
            using var encoder = TrainedEncoder.Load(parsed.GetValue(run)!, device);
            using var interruption = new Interruption(terminal);
            var (rows, width, skipped, sixteenBit) = Embed(encoder, source, parsed.GetValue(pooling) ?? GridPooling.One, parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads, file, interruption.Token);
            ImageRemarks.Skipped(terminal, skipped);
            terminal.Line($"{rows} images, {width} features each: {file}");
            if (skipped.Count > 0) terminal.Line($"{skipped.Count} of {source.Count} images could not be read and were left out");
            ImageRemarks.SixteenBit(terminal, sixteenBit, source.Count, encoder.Input.Window);
            JsonFile.Write(parsed.GetValue(options.Json), new EmbedFields(parsed.GetValue(run)!, source.Name, rows, width, skipped.Count, sixteenBit, file.ToString()));
            return ExitCode.Success;
        });
        return command;
    }

    private static Embedding Embed(TrainedEncoder encoder, IImageSource source, GridPooling pooling, int threads, FileInfo file, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var (fit, parts, names) = (encoder.Input, new List<Tensor>(), new List<string>());
        using var loader = new ImageLoader(source, new LoaderOptions { BatchSize = BatchSize, Threads = threads, CacheBytes = 0, Input = fit });
        foreach (var batch in loader.Pass())
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                using var inner = TensorScope.Begin();
                parts.Add(inner.Keep(FeatureTable.Pool(encoder.Features(batch.Pixels).To(Device.Cpu), pooling).Contiguous())); // [B, K]
                names.AddRange(batch.Indices.Select(source.Describe));
            }
        if (parts.Count == 0) throw new ImageDataException($"None of the {source.Count} images of {source.Name} can be read; ./foresee doctor tells whether the decoder is there.");
        var features = Tensor.Cat([.. parts]);
        NumpyFile.Write(file.FullName, features);
        AtomicFile.Write(file.FullName + ".txt", string.Join('\n', names) + "\n");
        return new((int)features.Size(0), (int)features.Size(1), loader.Skipped, loader.SixteenBit);
    }

    private sealed record Embedding(int Rows, int Width, IReadOnlyList<SkippedImage> Skipped, int SixteenBit);
}

/// <summary>The fields of embed --json.</summary>
internal sealed record EmbedFields(string Run, string Data, int Images, int Features, int Skipped, int SixteenBit, string File);
