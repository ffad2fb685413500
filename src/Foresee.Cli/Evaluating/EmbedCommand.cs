using System.CommandLine;
using System.Text;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Inference;
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
        var options = new RunOptions();
        var command = new Command("embed", "Turns images into vectors with a pretrained encoder") { run, images, model, output, pooling };
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
            var file = parsed.GetValue(output)!;
            if (OutputFolder.IsDevice(file))
                throw new UsageException($"{file} is no ordinary file, and the vectors need one; name a file in a folder.");
            OutputFolder.PrepareFor(file, NamesOf(file));
            if (parsed.GetValue(model) is { } fitted) return EmbedFitted(terminal, fitted, parsed.GetValue(run)!, file, options, parsed);
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
        if (parts.Count == 0) throw NothingReadable(source, loader.Skipped);
        var features = Tensor.Cat([.. parts]);
        Write(file, names, () => NumpyFile.Write(file.FullName, features));
        return new((int)features.Size(0), (int)features.Size(1), loader.Skipped, loader.SixteenBit, loader.WithMorePictures);
    }

    /// <summary>By a fitted model: nothing here loads libtorch.</summary>
    private static int EmbedFitted(Terminal terminal, string model, string named, FileInfo file, RunOptions options, ParseResult parsed)
    {
        var json = parsed.GetValue(options.Json);
        OutputFolder.PrepareFor(json);
        terminal.Now("loading the model");
        using var classifier = FittedModel.Load(model, new() { Threads = options.ThreadsOf(parsed) });
        Named.Images(named);
        terminal.Now($"listing the images of {named}");
        var source = ImageSources.Open(named);
        using var interruption = new Interruption(terminal);
        var made = ProgressBar.Show(terminal, show => EmbedFitted(classifier, source, options.ThreadsOf(parsed), file, show,
            interruption.Token));
        Tell(terminal, made, source, classifier.Description.Input.Window, file);
        JsonFile.Write(json, new EmbedFields(model, source.Name, made.Rows, made.Width, made.Skipped.Count, made.SixteenBit,
            file.ToString(), source.PassedOver, made.MorePictures));
        return ExitCode.Success;
    }

    private static Embedding EmbedFitted(Classifier classifier, IImageSource source, int threads, FileInfo file, ProgressBar.Report show,
        CancellationToken cancel)
    {
        var (rows, names, skipped, wide, more, done) = (new List<float[]>(), new List<string>(), new List<SkippedImage>(), 0, 0, 0);
        foreach (var result in classifier.FeaturesOfAll([source], threads, cancel))
        {
            if (result.Value is null) skipped.Add(new(done, result.Name, result.Reason!));
            else
            {
                rows.Add(result.Value);
                names.Add(result.Name);
                if (result.StoredBits > 8) wide++;
                if (result.Pictures > 1) more++;
            }
            show("making vectors", ++done, source.Count);
        }
        if (rows.Count == 0) throw NothingReadable(source, skipped);
        Write(file, names, () => NumpyFile.Write(file.FullName, rows));
        return new(rows.Count, classifier.Description.Features, skipped, wide, more);
    }

    private static ImageDataException NothingReadable(IImageSource source, IReadOnlyList<SkippedImage> skipped) =>
        new($"None of the {source.Count} images of {source.Name} can be read"
            + (skipped is [var first, ..] ? $"; the first, {first.File}: {first.Reason}" : "."));

    private static void Write(FileInfo file, List<string> names, Action write) => AtomicFile.Write(NamesOf(file).FullName, stream =>
    {
        stream.Write(Encoding.UTF8.GetBytes(RowNames.Text(names)));
        stream.Flush();
        write(); // a full disk leaves both as they were
    });

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
