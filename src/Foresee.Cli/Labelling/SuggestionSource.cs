using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Inference.Suggesting;
using Foresee.Studies;

namespace Foresee.Cli;

/// <summary>What tells suggest which images are alike, and which are hard: a fitted model, or a run with a probe on the labels.</summary>
internal abstract class SuggestionSource : IDisposable
{
    /// <summary>The form that images are read in.</summary>
    public abstract InputFormat Input { get; }

    /// <summary>A row for each image.</summary>
    public abstract FeatureRows Rows(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel);

    /// <summary>Labels that its classifier learns from, and its classes: 0 of these where there is none.</summary>
    public abstract (int Labels, int Classes) Knows(SuggestionImages images);

    /// <summary>After <see cref="Rows"/>.</summary>
    public abstract ClassProbabilities Probabilities(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel);

    public abstract void Dispose();

    /// <summary>Whether the line names what fit wrote.</summary>
    public static bool IsModel(string named) => Directory.Exists(named) ? File.Exists(Path.Combine(named, ModelDescription.ModelFile))
        : File.Exists(named) && Path.GetFileName(named) == ModelDescription.ModelFile
            && File.Exists(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(named))!, ModelDescription.FileName));
}

/// <summary>By ONNX Runtime.</summary>
internal sealed class ModelSuggestions(Classifier model) : SuggestionSource
{
    public override InputFormat Input => model.Description.Input;

    public override FeatureRows Rows(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel) =>
        new([.. InBatches("features", images, show, (pixels, count) => model.Features(pixels, count, cancel)).SelectMany(row => row)],
            model.Description.Features);

    public override (int Labels, int Classes) Knows(SuggestionImages images) =>
        (Math.Max(model.Description.Labels, images.Labelled.Length), model.Description.Classes.Count);

    public override ClassProbabilities Probabilities(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel)
    {
        var classes = model.Description.Classes;
        var number = classes.Index().ToDictionary(pair => pair.Item, pair => pair.Index);
        var predictions = InBatches("predictions", images, show, (pixels, count) => model.Predict(pixels, count, cancel));
        var values = new float[images.Count * classes.Count];
        for (var i = 0; i < predictions.Count; i++)
            foreach (var named in predictions[i].Classes) values[i * classes.Count + number[named.Class]] = (float)named.Probability;
        return new(values, classes);
    }

    private List<T> InBatches<T>(string work, SuggestionImages images, ProgressBar.Report show,
        Func<ReadOnlyMemory<byte>, int, IReadOnlyList<T>> compute)
    {
        var (results, size) = (new List<T>(images.Count), Input.Bytes);
        var pixels = new byte[Classifier.BatchSize * size];
        for (var from = 0; from < images.Count; from += Classifier.BatchSize)
        {
            var count = Math.Min(Classifier.BatchSize, images.Count - from);
            for (var i = 0; i < count; i++) images.Read(from + i, Input).CopyPlanes(pixels.AsSpan(i * size, size));
            results.AddRange(compute(pixels.AsMemory(0, count * size), count));
            show(work, results.Count, images.Count);
        }
        return results;
    }

    public override void Dispose() => model.Dispose();
}

/// <summary>By an encoder, and a linear probe on labelled images where there are any.</summary>
internal sealed class EncoderSuggestions(TrainedEncoder encoder, GridPooling pooling, int threads) : SuggestionSource
{
    private SuggestionFeatures? features;

    public override InputFormat Input => encoder.Input;

    public override FeatureRows Rows(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel)
    {
        features = new(encoder, images, pooling, threads, done => show("features", done, images.Count), cancel);
        return features.Rows();
    }

    public override (int Labels, int Classes) Knows(SuggestionImages images) => (images.Labelled.Length, images.Classes.Count);

    public override ClassProbabilities Probabilities(SuggestionImages images, ProgressBar.Report show, CancellationToken cancel)
    {
        if (images.Classes.Count < 2)
            throw new UsageException("What a classifier is unsure of needs labelled images of two classes or more; choose by coverage.");
        show("fitting a classifier", 0, 1);
        using var probe = features!.Probe(images.Labelled, images.ClassOf, images.Classes.Count, cancel);
        return features.Probabilities(probe, images.Classes);
    }

    public override void Dispose()
    {
        features?.Dispose();
        encoder.Dispose();
    }
}
