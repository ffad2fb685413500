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
    ClassifierDescription description, FeatureOptions options, Func<TrainedEncoder> encoder, FeatureScaling scaling, Module head)
    : Classifier(description)
{
    internal const string ScalingPrefix = "scaling.", HeadPrefix = "head.";
    private readonly Lazy<TrainedEncoder> encoder = new(encoder);

    /// <summary>From a protocol on frozen features and the head that it fitted.</summary>
    internal static FeatureClassifier Of(IProtocol protocol, ClassifierTask task, Module head) => new(
        task.Describe(protocol), protocol.Features!, task.Features.NewEncoder, task.Features.ScalingOf(protocol.Features!).Copy(), head);

    /// <summary>From what was saved.</summary>
    /// <param name="head">From the number of features that it gets.</param>
    internal static FeatureClassifier Restore(SavedClassifier saved, Func<long, Module> head)
    {
        var encoder = saved.Encoder();
        try
        {
            var options = saved.Description.Protocol.Features!;
            var scaling = saved.Scaling(ScalingPrefix, Width(encoder, options.Pooling));
            return new(saved.Description, options, () => encoder, scaling, head(scaling.Outputs));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>K, of a pooled grid: as many as a black image gives.</summary>
    private static long Width(TrainedEncoder encoder, GridPooling pooling)
    {
        using var scope = TensorScope.Begin();
        var input = encoder.Input;
        return FeatureTable.Pool(encoder.Features(Tensor.Zeros([1, input.Channels, input.ReadHeight, input.ReadWidth], DType.UInt8)),
            pooling).Size(1);
    }

    internal override TrainedEncoder Encoder => encoder.Value;
    internal FeatureOptions Options => options;
    internal FeatureScaling Scaling => scaling;
    internal Module Head => head;

    private protected override IEnumerable<NamedTensor> State() => Under(ScalingPrefix, scaling).Concat(Under(HeadPrefix, head));

    private protected override Tensor Batch(Tensor pixels) =>
        head.Forward(new FeatureForm(options.Pooling, scaling).Of(encoder.Value.Features(pixels).To(Device.Cpu)));

    private protected override Tensor FeatureBatch(Tensor pixels) =>
        FeatureTable.Pool(encoder.Value.Features(pixels).To(Device.Cpu), options.Pooling);

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
