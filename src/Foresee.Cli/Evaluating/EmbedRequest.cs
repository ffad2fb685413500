using System.Text;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Files;

namespace Foresee.Cli;

/// <summary>What embed was asked.</summary>
/// <param name="Encoder">A run, a start, a file of weights, or a fitted model.</param>
/// <param name="Output">Receives the vectors; a file beside it the images' names.</param>
internal sealed record EmbedRequest(string Encoder, string Images, FileInfo Output)
{
    public GridPooling Pooling { get; init; } = GridPooling.One;

    /// <summary>Null for all.</summary>
    public int? Threads { get; init; }

    public FileInfo? Json { get; init; }

    private FileInfo Names => new(Output.FullName + ".txt");

    /// <exception cref="UsageException">The files can't be written.</exception>
    public void Check()
    {
        if (OutputFolder.IsDevice(Output))
            throw new UsageException($"{Output} is no ordinary file, and the vectors need one; name a file in a folder.");
        OutputFolder.PrepareFor(Output, Names, Json);
    }

    /// <param name="threads">Where the command names none.</param>
    /// <param name="group">The processes that share the images; null for one.</param>
    public int Run(Terminal terminal, Device device, int threads, ProcessGroup? group = null)
    {
        var found = EncoderSource.Of(Encoder);
        Named.Images(Images);
        terminal.Now("loading the encoder");
        using var encoder = found.Load(device);
        if (found.Run is not null) Resuming.Warn(terminal, found.Run);
        terminal.Now($"listing the images of {Images}");
        var source = ImageSources.Open(Images);
        using var interruption = new Interruption(terminal);
        using var scope = TensorScope.Begin();
        using var embedding = new Embedding(encoder, source, Pooling, Threads ?? threads, group);
        var features = ProgressBar.Show(terminal, show => embedding.Make(done => show("making vectors", done, source.Count),
            interruption.Token));
        if (group is { Rank: > 0 }) return ExitCode.Success;
        var names = embedding.Places.Select(source.Describe).ToList();
        if (names.Count == 0) throw NothingReadable(source, embedding.Remarks.Skipped);
        Write(names, () => NumpyFile.Write(Output.FullName, features));
        Tell(terminal, source, encoder.Input.Window, embedding.Remarks, names.Count, (int)features.Size(1));
        if (found.Run is not null) NextLine.Tell(terminal, NextLine.Inspect(found.Run));
        return ExitCode.Success;
    }

    /// <summary>As one of several processes; the first writes.</summary>
    public int RunRank(Terminal terminal, ProcessGroup group, Device device, int threads)
    {
        Ranks.ExpectSame(group, "the encoder or the images", () =>
        {
            using var encoder = EncoderSource.Of(Encoder).Load(device);
            var source = ImageSources.Open(Images);
            return [encoder.Hash ?? "", .. Enumerable.Range(0, source.Count).Select(source.Describe)];
        });
        return Run(terminal, device, threads, group);
    }

    /// <summary>By a fitted model: nothing here loads libtorch.</summary>
    public int RunFitted(Terminal terminal)
    {
        var threads = Threads ?? RunOptions.DefaultThreads;
        terminal.Now("loading the model");
        using var classifier = FittedModel.Load(Encoder, new() { Threads = threads });
        Named.Images(Images);
        terminal.Now($"listing the images of {Images}");
        var source = ImageSources.Open(Images);
        using var interruption = new Interruption(terminal);
        var (rows, names, skipped, wide, more, done) = (new List<float[]>(), new List<string>(), new List<SkippedImage>(), 0, 0, 0);
        ProgressBar.Show(terminal, show =>
        {
            foreach (var result in classifier.FeaturesOfAll([source], threads, interruption.Token))
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
            return done;
        });
        if (rows.Count == 0) throw NothingReadable(source, skipped);
        Write(names, () => NumpyFile.Write(Output.FullName, rows));
        Tell(terminal, source, classifier.Description.Input.Window, new(skipped, wide, more), rows.Count, classifier.Description.Features);
        return ExitCode.Success;
    }

    private static ImageDataException NothingReadable(IImageSource source, IReadOnlyList<SkippedImage> skipped) =>
        new($"None of the {source.Count} images of {source.Name} can be read"
            + (skipped is [var first, ..] ? $"; the first, {first.File}: {first.Reason}" : "."));

    private void Write(List<string> names, Action write) => AtomicFile.Write(Names.FullName, stream =>
    {
        stream.Write(Encoding.UTF8.GetBytes(RowNames.Text(names)));
        stream.Flush();
        write(); // a full disk leaves both as they were
    });

    private void Tell(Terminal terminal, IImageSource source, LevelWindow window, ReadingRemarks remarks, int rows, int width)
    {
        ImageRemarks.Skipped(terminal, remarks.Skipped);
        ImageRemarks.PassedOver(terminal, source);
        ImageRemarks.MorePictures(terminal, remarks.MorePictures, source.Count);
        terminal.Line($"{rows} images, {width} features each: {Output}");
        if (remarks.Skipped.Count > 0) terminal.Line($"{remarks.Skipped.Count} of {source.Count} images could not be read and were left out");
        ImageRemarks.SixteenBit(terminal, remarks.SixteenBit, source.Count, window);
        JsonFile.Write(Json, new EmbedFields(Encoder, source.Name, rows, width, remarks.Skipped.Count, remarks.SixteenBit,
            Output.ToString(), source.PassedOver, remarks.MorePictures));
    }
}

/// <summary>The fields of embed --json.</summary>
internal sealed record EmbedFields(string Run, string Data, int Images, int Features, int Skipped, int SixteenBit, string File,
    IReadOnlyList<PassedOver> PassedOver, int WithMorePictures);
