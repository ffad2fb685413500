using Foresee.Classifiers;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation.Joint;

/// <summary>The supervised baseline's network.</summary>
/// <param name="baseline">Owned.</param>
internal sealed class JointSupervisedNetwork(SupervisedBaseline baseline, SupervisedBaselineOptions options, DType compute)
    : JointNetwork(compute)
{
    public override int Width => baseline.Network.Width;

    protected override IReadOnlyList<Module> Parts => [baseline.Network];

    public override Tensor Normalised(Tensor views) => (views - baseline.Mean) / baseline.Deviation;

    public override Tensor Features(Tensor x) => baseline.Network.Features(x);

    public override Tensor Logits(Tensor features) => baseline.Network.Logits(features);

    public override IEnumerable<RateGroup> Groups(OneCycle cycle) =>
        LayerRates.Of(baseline.Network.Parameters(), options.LearningRate, options.WeightDecay, cycle);

    public override Classifier ToClassifier(ClassifierDescription description)
    {
        Train(false);
        return new SupervisedClassifier(description, baseline);
    }

    protected override void Compute(DType type) => baseline.Network.ComputeMaps(type);

    public override void Dispose() => baseline.Dispose();
}
