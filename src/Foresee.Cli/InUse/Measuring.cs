using System.Globalization;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Labels;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>What a fitted model says of labelled images, and of foreign ones.</summary>
internal sealed class Measuring(Terminal terminal, Classifier model, int threads)
{
    /// <summary>Two files of one picture, through two decoders or sizes, are this near; other images hardly ever.</summary>
    private const double SamePicture = 0.9999;

    private const int MostForeign = 5000;

    /// <summary>Numbers that the features of all images may be, 400 MB: else the page does without neighbours, suspects and map.</summary>
    private const long MostNumbers = 100_000_000;

    public MeasuredModel Run(LabelledImages data, string? foreign, CancellationToken cancel) => ProgressBar.Show(terminal, show =>
    {
        var keeps = (long)data.Images.Count * model.Description.Features <= MostNumbers;
        if (!keeps)
            terminal.Warn($"{data.Images.Count:N0} images of {model.Description.Features} features each are too many to compare; "
                + "the report does without neighbours, doubtful labels and map. Name fewer images for these.");
        var said = new Said(model.Description, keeps);
        var (kept, skipped) = Pass(data.Images, null, said, show, cancel);
        if (kept.Count == 0)
            throw new ImageDataException($"None of the {data.Images.Count} images of {data.Images.Name} can be read"
                + (skipped is [var first, ..] ? $"; the first, {first.File}: {first.Reason}" : "."));
        var others = foreign is null ? null : Foreign(foreign, show, cancel);
        show("drawing the report", 0, 0);
        return new MeasuredModel(new()
        {
            MeasuredOn = string.Create(CultureInfo.InvariantCulture, $"{kept.Count:N0} images of {data.Images.Name}, which the model has not seen"),
            Names = [.. kept.Select(i => NameOf(data.Images, i))],
            Labels = [.. kept.Select(i => data.Labels[i])],
            Probabilities = [.. said.Probabilities],
            Features = keeps ? [.. said.Features] : null,
            Distances = said.Distances.Count == kept.Count ? said.Distances : null,
            Foreign = others,
            Picture = place => Picture(data.Images, kept[place]),
        }, skipped, said.Known);
    });

    private ForeignPredictions? Foreign(string name, ProgressBar.Report show, CancellationToken cancel)
    {
        if (model.Description.Novelty is null)
        {
            terminal.Warn("the model has no rule for images out of place, so --foreign says nothing; fit it again with more labels");
            return null;
        }
        var (source, said) = (ImageSources.Open(name), new Said(model.Description, keepsFeatures: false));
        var most = Math.Min(source.Count, MostForeign);
        int[] some = [.. Enumerable.Range(0, most).Select(i => (int)((long)i * source.Count / most))]; // from all over the folder
        var (kept, skipped) = Pass(source, some, said, show, cancel);
        ImageRemarks.Skipped(terminal, skipped);
        return kept.Count == 0 ? null : new(source.Name, said.Distances);
    }

    private (List<int> Kept, IReadOnlyList<SkippedImage> Skipped) Pass(IImageSource source, int[]? some, Said said, ProgressBar.Report show,
        CancellationToken cancel)
    {
        var kept = new List<int>();
        using var loader = new ImageLoader(source, new()
        {
            BatchSize = Classifier.BatchSize,
            Threads = threads,
            CacheBytes = 0,
            Input = model.Description.Input,
        });
        show($"measuring on {source.Name}", 0, some?.Length ?? source.Count);
        foreach (var batch in loader.Pass(some))
            using (batch)
            {
                foreach (var prediction in model.Predict(batch.Pixels.ToArray(), batch.Count, cancel)) said.Add(prediction);
                kept.AddRange(batch.Indices);
                show($"measuring on {source.Name}", kept.Count, some?.Length ?? source.Count);
            }
        return (kept, loader.Skipped);
    }

    /// <summary>Within its folder, where it lies in one.</summary>
    private static string NameOf(IImageSource images, int index)
    {
        var (path, folder) = (images.Describe(index), KnownData.IsThere(images.Name) ? KnownData.Resolve(images.Name) : images.Name);
        return path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path[(folder.Length + 1)..] : path;
    }

    private static Image? Picture(IImageSource images, int index)
    {
        try
        {
            return images.Read(index);
        }
        catch (UnreadableImageException)
        {
            return null; // read a minute ago, gone now
        }
    }

    /// <summary>Predictions, one after the other.</summary>
    private sealed class Said(ModelDescription model, bool keepsFeatures)
    {
        private readonly Dictionary<string, int> numbers = model.Classes.Select((name, i) => (name, i)).ToDictionary();

        public List<float> Probabilities { get; } = [];

        public List<float> Features { get; } = [];

        public List<double> Distances { get; } = [];

        /// <summary>Images that are as good as the same as a reference.</summary>
        public int Known { get; private set; }

        public void Add(Prediction prediction)
        {
            var row = new float[model.Classes.Count];
            foreach (var (name, probability) in prediction.Classes) row[numbers[name]] = (float)probability;
            Probabilities.AddRange(row);
            if (keepsFeatures) Features.AddRange(prediction.Features.Span);
            if (prediction.Distance is { } distance) Distances.Add(distance);
            if (prediction.Nearest is [{ Similarity: > SamePicture }, ..]) Known++;
        }
    }
}

/// <param name="Known">Images that the model probably learnt from.</param>
internal sealed record MeasuredModel(ModelPredictions Predictions, IReadOnlyList<SkippedImage> Skipped, int Known);
