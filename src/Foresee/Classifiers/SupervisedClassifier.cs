using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>A network that learnt from labelled images alone.</summary>
/// <param name="network">Owned.</param>
public sealed class SupervisedClassifier(ClassifierDescription description, SupervisedBaseline network) : Classifier(description)
{
    internal SupervisedBaseline Network => network;

    private protected override Tensor Batch(Tensor pixels) => network.Logits(pixels).Softmax(1);

    private protected override Tensor FeatureBatch(Tensor pixels) => network.Features(pixels);

    private protected override IEnumerable<NamedTensor> State() => network.State();

    public override void Dispose() => network.Dispose();
}
