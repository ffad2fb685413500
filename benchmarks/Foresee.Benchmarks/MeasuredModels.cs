using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation.Scores;
using Foresee.Fitting;
using Foresee.Labels;
using Foresee.Torch;
using Classifier = Foresee.Classifiers.Classifier;
using ConformalScores = Foresee.Inference.ConformalScores;

namespace Foresee.Benchmarks;

/// <summary>Measures models of one fit on images that none of them has seen; features of an encoder are made once for all.</summary>
internal sealed class MeasuredModels(LabelledImages images, string folder, int threads) : IDisposable
{
    private const double Coverage = 0.9;
    private readonly string[] keys = ImageKeys.Of(images.Images);
    private readonly int[] all = [.. Enumerable.Range(0, images.Labels.Length)];
    private readonly Dictionary<string, FeatureCache> caches = [];

    public ChoiceRow Of(FitResult model, bool chosen)
    {
        using var scope = TensorScope.Begin();
        var classes = images.Classes.Length;
        var probabilities = Temperature.Apply(Probabilities(model.Classifier).ToArray<float>(), classes, model.Temperature);
        var rows = probabilities.Chunk(classes).ToArray();
        bool[] right = [.. rows.Zip(images.Labels, (row, label) => Array.IndexOf(row, row.Max()) == label)];
        var scores = model.Held?.ConformalScores() ?? [];
        var sets = scores.Length == 0 ? null
            : ConformalSets.Measure(probabilities, images.Labels, classes, new ConformalScores(scores), Coverage);
        return new(model.Chosen.Start, model.Chosen.Protocol.Name, chosen, model.Accuracy?.Mean ?? double.NaN,
            100.0 * right.Count(r => r) / right.Length)
        {
            CalibrationError = 100 * Reliability.Of([.. rows.Select(row => (double)row.Max())], right).ExpectedError,
            Coverage = 100 * sets?.Coverage ?? double.NaN,
            SetSize = sets?.Size ?? double.NaN,
            Temperature = model.Temperature,
        };
    }

    private Tensor Probabilities(Classifier classifier)
    {
        if (classifier is not FeatureClassifier { Encoder: { } encoder } frozen) return Slowly(classifier);
        var (pooling, hash) = (frozen.Options.Pooling, encoder.Hash ?? "");
        var name = $"{hash}-{pooling}";
        if (!caches.TryGetValue(name, out var cache))
            caches[name] = cache = new(Path.Combine(folder, "measured", ImageKeys.Hash([name])), pooling);
        using var table = cache.Of(encoder, images.Images, keys, all, threads, null, CancellationToken.None);
        return frozen.FromFeatures(frozen.Scaling.Apply(table.Values));
    }

    private Tensor Slowly(Classifier classifier)
    {
        var parts = new List<Tensor>();
        foreach (var batch in ImageTensors.Batches(images.Images, classifier.Input, threads))
            using (batch) parts.Add(classifier.Probabilities(batch.ToTensor()));
        return Tensor.Cat([.. parts], 0);
    }

    public void Dispose()
    {
        foreach (var cache in caches.Values) cache.Dispose();
    }
}
