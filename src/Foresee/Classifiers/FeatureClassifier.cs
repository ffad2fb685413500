using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>Frozen features, pooled and scaled, under a head of any kind.</summary>
/// <param name="options">How features are pooled and scaled.</param>
/// <param name="encoder">Called when the first image comes, which in an evaluation never happens; owned from then on.</param>
/// <param name="scaling">Owned.</param>
/// <param name="head">[B, K] to probabilities [B, classes]; owned.</param>
public sealed class FeatureClassifier(
    ClassifierDescription description, FeatureOptions options, Func<TrainedEncoder> encoder, FeatureScaling scaling, Module head) : Classifier(description)
{
    private readonly Lazy<TrainedEncoder> encoder = new(encoder);

    /// <summary>From a protocol on frozen features and the head that it fitted.</summary>
    internal static FeatureClassifier Of(IProtocol protocol, ClassifierTask task, Module head) => new(
        task.Describe(protocol), protocol.Features!, task.Features.NewEncoder, task.Features.ScalingOf(protocol.Features!).Copy(), head);

    private protected override Tensor Batch(Tensor pixels) =>
        head.Forward(new FeatureForm(options.Pooling, scaling).Of(encoder.Value.Features(pixels).To(Device.Cpu)));

    /// <param name="features">[N, K], pooled and scaled as this classifier does it.</param>
    /// <returns>[N, classes], rows of sum 1.</returns>
    internal Tensor FromFeatures(Tensor features) => Batches(features, head.Forward);

    internal override int[] Predict(MeasuredImages images, int threads, CancellationToken cancel)
    {
        if (images.Features(options) is not { } features) return base.Predict(images, threads, cancel);
        using var scope = TensorScope.Begin();
        return FromFeatures(features).ArgMax(1).ToArray<int>();
    }

    public override void Dispose()
    {
        if (encoder.IsValueCreated) encoder.Value.Dispose();
        scaling.Dispose();
        head.Dispose();
    }
}
