using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>z = g(mean f(x)): the encoder, the mean over its grid, and the projection head, which is dropped after pretraining.</summary>
internal sealed class Embedding : Module
{
    /// <param name="head">From the length of a feature vector to g.</param>
    public Embedding(EncoderOptions encoder, MethodContext context, Func<int, Module> head)
    {
        Encoder = Child("encoder", context.NewEncoder(encoder));
        Projector = Child("projector", head(Encoder.Features));
    }

    public Encoder Encoder { get; }
    public Module Projector { get; }

    /// <param name="x">[B, C, h, w]</param>
    /// <returns>[B, d]</returns>
    public override Tensor Forward(Tensor x) => Projector.Forward(Features(x));

    /// <returns>[B, D]</returns>
    public Tensor Features(Tensor x) => Encoder.Grid(x).Mean([1, 2]);
}
