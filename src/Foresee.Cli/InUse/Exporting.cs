using Foresee.Encoders;
using Foresee.Export;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Torch;
using Foresee.Torch.Files;
using Classifier = Foresee.Classifiers.Classifier;

namespace Foresee.Cli;

/// <summary>What export does.</summary>
/// <param name="named">A folder, a start or a file.</param>
internal sealed class Exporting(Terminal terminal, string named, FileInfo file, int threads, CancellationToken cancel)
{
    private const int LeastImages = 100, MostForRanges = 300, MostCompared = 500, Batch = 10;

    public static bool IsWeights(FileInfo file) => file.Extension.Equals(".safetensors", StringComparison.OrdinalIgnoreCase);

    public static bool IsModel(FileInfo file) => file.Extension.Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    private bool HasClassifier => File.Exists(Path.Combine(named, Classifier.FileName));

    /// <summary>The encoder's weights as safetensors.</summary>
    public ExportFields Weights(Device device)
    {
        terminal.Now("loading the encoder");
        bool torchvision;
        if (HasClassifier)
        {
            using var classifier = Classifier.Load(named, device);
            torchvision = WeightsExport.Write(classifier, file.FullName);
        }
        else
        {
            using var encoder = EncoderSource.Of(named).Load(device);
            torchvision = WeightsExport.Write(encoder.Network, file.FullName);
        }
        var bytes = new FileInfo(file.FullName).Length;
        terminal.Line($"{Size(bytes)}, {(torchvision ? "under torchvision's names, without the last layer (fc)"
            : "under Foresee's own names: torchvision has no such network")}: {file}");
        return new(named, file.ToString(), bytes);
    }

    /// <summary>The classifier as ONNX.</summary>
    /// <param name="images">That it is quantised by; null for f32.</param>
    public ExportFields Model(Device device, string? images)
    {
        var (content, description) = Whole(device);
        if (images is not null) return Quantised(content, description.Input, images);
        AtomicFile.Write(file.FullName, content);
        var input = description.Input;
        terminal.Line($"{Size(content.Length)}, {description.Classes.Count} classes, images of {input.Channels} x {input.ReadHeight} x "
            + $"{input.ReadWidth}: {file}");
        return new(named, file.ToString(), content.Length);
    }

    /// <summary>In f32, with its description.</summary>
    private (byte[] Content, ModelDescription Description) Whole(Device device)
    {
        terminal.Now("reading the model");
        var model = File.Exists(named) ? named : Path.Combine(named, ModelDescription.ModelFile);
        if (File.Exists(model)) return Read(model);
        if (!HasClassifier)
            throw new UsageException(FittedModel.IsUnfinished(named) ? FittedModel.Unfinished(named) : $"{named} holds no fitted model (no {ModelDescription.ModelFile}) and no saved classifier (no "
                + $"{Classifier.FileName}); name the folder of one. An encoder alone is exported to a file that ends in .safetensors.");
        var beside = AtomicFile.Beside(file.FullName);
        try
        {
            using (var classifier = Classifier.Load(named, device))
                ModelExport.Write(classifier, ModelExport.Describe(classifier), references: null, beside);
            return Read(beside);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static (byte[] Content, ModelDescription Description) Read(string path)
    {
        using var model = Foresee.Inference.Classifier.Load(path); // it is whole, and ONNX Runtime takes it
        return (File.ReadAllBytes(path), model.Description);
    }

    private ExportFields Quantised(byte[] content, InputFormat input, string images)
    {
        using var scope = TensorScope.Begin();
        terminal.Now($"reading images of {images}");
        var pixels = Pixels(images, input);
        var ranges = Math.Min(MostForRanges, pixels.Size(0) / 2);
        terminal.Now($"measuring ranges on {ranges} images");
        var quantised = QuantisedModel.Of(content, Batches(pixels.Narrow(0, 0, ranges)), threads, cancel);
        terminal.Now("comparing");
        var compared = ModelComparison.Of(content, quantised, pixels.Narrow(0, ranges, pixels.Size(0) - ranges), threads, cancel);
        AtomicFile.Write(file.FullName, quantised);
        terminal.Line(FormattableString.Invariant($"f32   {Size(content.Length)}, {compared.FirstMilliseconds:0.00} ms an image"));
        terminal.Line(FormattableString.Invariant($"int8  {Size(quantised.Length)}, {compared.SecondMilliseconds:0.00} ms an image, ")
            + FormattableString.Invariant($"{compared.FirstMilliseconds / compared.SecondMilliseconds:0.0} times as fast; ")
            + FormattableString.Invariant($"the same class for {100 * compared.Agreement:0.0} % of {compared.Images} images: {file}"));
        if (compared.SecondMilliseconds >= compared.FirstMilliseconds)
            terminal.Line("int8 is no quicker on this processor; f32 (without --quantise) is the better file here");
        return new(named, file.ToString(), quantised.Length)
        {
            BytesBefore = content.Length,
            Images = compared.Images,
            Agreement = compared.Agreement,
            Milliseconds = compared.SecondMilliseconds,
            MillisecondsBefore = compared.FirstMilliseconds,
        };
    }

    /// <summary>In an order by chance, so that both halves hold all kinds.</summary>
    private Tensor Pixels(string images, InputFormat input)
    {
        var source = ImageSources.Open(images);
        if (source.Count < LeastImages)
            throw new ImageDataException($"{images} has {source.Count} images; ranges and comparison need {LeastImages} or more.");
        var order = new SeededOrder(0, 0).Permutation(source.Count);
        using var loader = new ImageLoader(source, new LoaderOptions { BatchSize = 50, Threads = threads, CacheBytes = 0, Input = input });
        var parts = new List<Tensor>();
        foreach (var batch in loader.Pass(order[..Math.Min(order.Length, MostForRanges + MostCompared)]))
            using (batch)
            {
                cancel.ThrowIfCancellationRequested();
                parts.Add(batch.ToTensor());
            }
        ImageRemarks.Skipped(terminal, loader.Skipped);
        return parts.Count > 0 ? Tensor.Cat([.. parts]) : throw new ImageDataException($"None of the images of {images} can be read.");
    }

    private static IEnumerable<Tensor> Batches(Tensor pixels)
    {
        for (long from = 0; from < pixels.Size(0); from += Batch)
            yield return pixels.Narrow(0, from, Math.Min(Batch, pixels.Size(0) - from));
    }

    private static string Size(long bytes) => FormattableString.Invariant($"{bytes / 1e6:0.0} MB");
}
