using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>
/// Region proposals (Ren et al. 2015, section 3.1): a 3x3 convolution and ReLU, then of each anchor the logit that it is an object and the
/// deltas that make it the object's box. The same weights on all maps.
/// </summary>
internal sealed class ProposalNetwork : Module
{
    private const double Deviation = 0.01;

    private readonly Conv2d shared, objectness, deltas;

    /// <param name="anchors">Of a place.</param>
    public ProposalNetwork(int channels, int anchors, Generator generator)
    {
        shared = Child("conv", Fresh(channels, channels, 3));
        objectness = Child("objectness", Fresh(channels, anchors, 1));
        deltas = Child("deltas", Fresh(channels, 4 * anchors, 1));

        Conv2d Fresh(int inputs, int outputs, int kernel)
        {
            var made = new Conv2d(inputs, outputs, kernel, 1, kernel / 2, bias: true, generator);
            using var noGrad = Autograd.NoGrad();
            made.Weight.Normal_(0, Deviation, generator);
            made.Bias!.Zero_();
            return made;
        }
    }

    public override Tensor Forward(Tensor x) => shared.Forward(x).Relu();

    /// <returns>In the order of <see cref="MapLevel.Anchors"/>, map by map.</returns>
    public RawProposals Of(IReadOnlyList<Tensor> maps)
    {
        Tensor[] seen = [.. maps.Select(Forward)];
        return new(Tensor.Cat([.. seen.Select(map => PerAnchor(objectness, map, 1).Flatten(1))], 1),
            Tensor.Cat([.. seen.Select(map => PerAnchor(deltas, map, 4))], 1));
    }

    /// <returns>[B, h·w·anchors, values]</returns>
    private static Tensor PerAnchor(Conv2d layer, Tensor map, int values) =>
        layer.Forward(map).To(DType.Float32).Permute(0, 2, 3, 1).Reshape(map.Size(0), -1, values);
}

/// <param name="Logits">[B, N]</param>
/// <param name="Deltas">[B, N, 4]</param>
internal sealed record RawProposals(Tensor Logits, Tensor Deltas);
