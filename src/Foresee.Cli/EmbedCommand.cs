using System.CommandLine;
using System.Text;
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
        var run = new Argument<string>("RUN")
        {
            Description = "the folder that pretrain wrote, a start (start list), or a file of weights: .safetensors or .onnx",
        };
        var images = new Argument<string>("IMAGES") { Description = Describe.Images };
        var output = new Option<FileInfo>("--out")
        {
            Description = "NumPy file that receives [images, features] in f32; features.npy.txt beside it names the image of each row",
            HelpName = "features.npy",
            Required = true,
        };
        var pooling = PoolingOption.For("the vectors", "its mean");
        var options = new RunOptions();
        var command = new Command("embed", "Turns images into vectors with a pretrained encoder") { run, images, output, pooling };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var file = parsed.GetValue(output)!;
            if (OutputFolder.IsDevice(file))
                throw new UsageException($"{file} is no ordinary file, and the vectors need one; name a file in a folder.");
            OutputFolder.PrepareFor(file, NamesOf(file));
            var device = options.Start(parsed);
            var (folder, named) = (parsed.GetValue(run)!, parsed.GetValue(images)!);
            var found = EncoderSource.Of(folder);
            Named.Images(named);
            terminal.Now("loading the encoder");
            using var encoder = found.Load(device);
            if (found.Run is not null) Resuming.Warn(terminal, found.Run);
            terminal.Now($"listing the images of {named}");
            var source = ImageSources.Open(named);
            using var interruption = new Interruption(terminal);
            var threads = parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads;
            var made = ProgressBar.Show(terminal, show => Embed(encoder, source, parsed.GetValue(pooling) ?? GridPooling.One, threads, file,
                show, interruption.Token));
            Tell(terminal, made, source, encoder.Input.Window, file);
            JsonFile.Write(parsed.GetValue(options.Json),
                new EmbedFields(folder, source.Name, made.Rows, made.Width, made.Skipped.Count, made.SixteenBit,
                    file.ToString(), source.PassedOver, made.MorePictures));
            if (found.Run is not null) NextLine.Tell(terminal, NextLine.Inspect(found.Run));
            return ExitCode.Success;
        });
        return command;
    }

    private static FileInfo NamesOf(FileInfo features) => new(features.FullName + ".txt");

    private static Embedding Embed(TrainedEncoder encoder, IImageSource source, GridPooling pooling, int threads, FileInfo file,
        ProgressBar.Report show, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        var (fit, parts, names) = (encoder.Input, new List<Tensor>(), new List<string>());
        var loading = new LoaderOptions { BatchSize = BatchSize, Threads = threads, CacheBytes = 0, Input = fit };
        using var loader = new ImageLoader(source, loading);
        show("making vectors", 0, source.Count);
        foreach (var batch in loader.Pass())
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                using var inner = TensorScope.Begin();
                // [B, K]
                parts.Add(inner.Keep(FeatureTable.Pool(encoder.Features(batch.ToTensor()).To(Device.Cpu), pooling).Contiguous()));
                names.AddRange(batch.Indices.Select(source.Describe));
                show("making vectors", names.Count, source.Count);
            }
        if (parts.Count == 0)
            throw new ImageDataException($"None of the {source.Count} images of {source.Name} can be read"
                + (loader.Skipped is [var first, ..] ? $"; the first, {first.File}: {first.Reason}" : "."));
        var features = Tensor.Cat([.. parts]);
        AtomicFile.Write(NamesOf(file).FullName, stream =>
        {
            stream.Write(Encoding.UTF8.GetBytes(RowNames.Text(names)));
            stream.Flush();
            NumpyFile.Write(file.FullName, features); // a full disk leaves both as they were
        });
        return new((int)features.Size(0), (int)features.Size(1), loader.Skipped, loader.SixteenBit, loader.WithMorePictures);
    }

    private static void Tell(Terminal terminal, Embedding made, IImageSource source, LevelWindow window, FileInfo file)
    {
        ImageRemarks.Skipped(terminal, made.Skipped);
        ImageRemarks.PassedOver(terminal, source);
        ImageRemarks.MorePictures(terminal, made.MorePictures, source.Count);
        terminal.Line($"{made.Rows} images, {made.Width} features each: {file}");
        if (made.Skipped.Count > 0) terminal.Line($"{made.Skipped.Count} of {source.Count} images could not be read and were left out");
        ImageRemarks.SixteenBit(terminal, made.SixteenBit, source.Count, window);
    }

    private sealed record Embedding(int Rows, int Width, IReadOnlyList<SkippedImage> Skipped, int SixteenBit, int MorePictures);
}

/// <summary>The fields of embed --json.</summary>
internal sealed record EmbedFields(string Run, string Data, int Images, int Features, int Skipped, int SixteenBit, string File,
    IReadOnlyList<PassedOver> PassedOver, int WithMorePictures);
