using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Inference.Suggesting;
using Foresee.Torch;

namespace Foresee.Studies;

/// <summary>Features of images to choose from, and linear probes on those of them that have a label.</summary>
public sealed class SuggestionFeatures : IDisposable
{
    private static readonly Linear protocol = new();
    private readonly FeatureTable raw, scaled;
    private readonly FeatureScaling scaling;
    private readonly GridPooling pooling;

    /// <param name="progress">Images done.</param>
    public SuggestionFeatures(TrainedEncoder encoder, IImageSource images, GridPooling pooling, int threads, Action<int>? progress = null,
        CancellationToken cancel = default)
    {
        this.pooling = pooling;
        int[] all = [.. Enumerable.Range(0, images.Count)];
        raw = FeatureTable.Compute(encoder.Features, images, all, encoder.Input, [new(pooling)], threads, progress: progress,
            cancellation: cancel)[0];
        scaling = FeatureScaling.Fit(raw.Of(EvenSample.Of(all.Length, protocol.Features.Scaling.Images)), protocol.Features.Scaling);
        scaled = raw.Scaled(scaling, all);
    }

    /// <summary>Of other images, pooled and scaled likewise, to predict them by <see cref="Probe"/>.</summary>
    internal FeatureForm Form => new(pooling, scaling);

    /// <summary>Of some of the images as the encoder gives them; null for all.</summary>
    public FeatureRows Rows(int[]? places = null)
    {
        using var scope = TensorScope.Begin();
        var features = places is null ? raw.Values : raw.Of(places);
        return new(features.ToArray<float>(), (int)features.Size(1));
    }

    /// <param name="places">Images with a label.</param>
    /// <param name="labels">Of each, an index below <paramref name="classes"/>.</param>
    public LinearProbe Probe(int[] places, int[] labels, int classes, CancellationToken cancel = default)
    {
        using var scope = TensorScope.Begin();
        return LinearProbe.Fit(scaled.Of(places), labels, classes, protocol.Probe, cancel, scaling.Spread());
    }

    /// <summary>What a probe says of some of the images; null for all.</summary>
    public ClassProbabilities Probabilities(LinearProbe probe, IReadOnlyList<string> classes, int[]? places = null)
    {
        using var scope = TensorScope.Begin();
        return new(probe.Probabilities(places is null ? scaled.Values : scaled.Of(places)).ToArray<float>(), classes);
    }

    public void Dispose()
    {
        raw.Dispose();
        scaled.Dispose();
        scaling.Dispose();
    }
}
