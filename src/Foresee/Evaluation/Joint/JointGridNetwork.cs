using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation.Joint;

/// <summary>An encoder and a probe on its grid.</summary>
/// <param name="encoder">Owned, as is the head.</param>
internal sealed class JointGridNetwork(TrainedEncoder encoder, ProbeHead head, FineTuningOptions options, DType compute)
    : JointNetwork(compute)
{
    public override int Width => head.Width;

    protected override IReadOnlyList<Module> Parts => [encoder.Network, head];

    public override Tensor Normalised(Tensor views) => encoder.Normalised(views.To(encoder.Device));

    public override Tensor Features(Tensor x) => head.Pooled(encoder.Network.Grid(x).To(Device.Cpu));

    public override Tensor Logits(Tensor features) => head.Logits(features);

    public override IEnumerable<RateGroup> Groups(OneCycle cycle) => LayerRates.Groups(encoder, head, options, cycle);

    public override Classifier ToClassifier(ClassifierDescription description)
    {
        Train(false);
        return new GridClassifier(description, new(encoder, head, Device.Cpu));
    }

    protected override void Compute(DType type) => encoder.Compute(type);

    public override void Dispose()
    {
        head.Dispose();
        encoder.Dispose();
    }
}
