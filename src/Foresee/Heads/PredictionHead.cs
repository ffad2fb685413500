using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// A bottleneck from one view's vector to the other's: linear, batch norm, ReLU, linear (Grill et al. 2020; Chen and He 2021).
/// </summary>
public sealed class PredictionHead : Module
{
    private readonly Linear down, up;
    private readonly BatchNorm1d norm;

    public PredictionHead(int size, int bottleneckWidth, Generator generator)
    {
        down = Child("linear1", new Linear(size, bottleneckWidth, bias: false, generator));
        norm = Child("norm1", new BatchNorm1d(bottleneckWidth));
        up = Child("linear2", new Linear(bottleneckWidth, size, bias: true, generator));
    }

    /// <param name="x">[n, size]; the result is Float32 of that shape.</param>
    public override Tensor Forward(Tensor x) => up.Forward(norm.Forward(down.Forward(x)).Relu()).To(DType.Float32);
}
