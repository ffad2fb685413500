using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>An encoder under a head on its grid, the encoder frozen or trained with the head.</summary>
/// <param name="network">Owned.</param>
public sealed class GridClassifier(ClassifierDescription description, GridNetwork network) : Classifier(description)
{
    private protected override Tensor Batch(Tensor pixels) => network.Logits(pixels).Softmax(1).To(Device.Cpu);

    private protected override Tensor FeatureBatch(Tensor pixels) => network.Features(pixels).To(Device.Cpu);

    internal override TrainedEncoder Encoder => network.Encoder;
    internal GridNetwork Network => network;

    private protected override IEnumerable<NamedTensor> State() => Under(FeatureClassifier.HeadPrefix, network.Head);

    public override void Dispose() => network.Dispose();
}
