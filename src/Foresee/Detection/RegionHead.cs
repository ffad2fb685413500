using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>Of a region the logits of background and each class, and for each class the deltas of its box (Girshick 2015).</summary>
internal sealed class RegionHead : Module
{
    private readonly Linear logits, deltas;
    private readonly int classes;

    public RegionHead(int features, int classes, Generator generator)
    {
        this.classes = classes;
        logits = Child("classes", new Linear(features, classes + 1, bias: true, generator));
        deltas = Child("boxes", new Linear(features, 4 * classes, bias: true, generator));
    }

    /// <returns>[K, classes + 1] Float32, background first</returns>
    public override Tensor Forward(Tensor x) => logits.Forward(x).To(DType.Float32);

    /// <returns>[K, classes, 4] Float32</returns>
    public Tensor Deltas(Tensor x) => deltas.Forward(x).To(DType.Float32).Reshape(x.Size(0), classes, 4);
}
