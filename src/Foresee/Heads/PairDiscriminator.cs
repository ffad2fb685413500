using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Heads;

/// <summary>
/// Whether a picture and a vector are real, each by itself and both together (Donahue and Simonyan 2019, section 2):
/// <code>
/// s_x = a·F(x), s_z = b·H(z), s_xz = c·J(F(x), H(z))
/// </code>
/// F is convolutions 4x4 of stride 2 down to 4 px, H and J are two layers; leaky ReLU and spectral norm throughout.
/// </summary>
public sealed class PairDiscriminator : Module
{
    private const int Least = 4;             // px
    private const double Leak = 0.2;
    private readonly List<(Conv2d Convolution, SpectralNorm Norm)> pictures = [];
    private readonly List<(Linear Linear, SpectralNorm Norm)> vectors, pairs;
    private readonly (Linear Linear, SpectralNorm Norm) ofPicture, ofVector, ofPair;

    /// <param name="width">Channels of the first convolution; each next has twice as many.</param>
    /// <param name="latent">Length of z.</param>
    /// <param name="hidden">Width of H and J.</param>
    public PairDiscriminator(int channels, int height, int width, int filters, int latent, int hidden, Generator generator)
    {
        for (var layer = 0; Math.Min(height, width) >= 2 * Least; layer++, (height, width) = (height / 2, width / 2))
        {
            var outputs = filters << layer;
            pictures.Add((Child($"picture{layer + 1}", new Conv2d(channels, outputs, 4, 2, 1, bias: true, generator)),
                Child($"picture{layer + 1}_norm", new SpectralNorm(outputs, channels * 16, generator))));
            channels = outputs;
        }
        (Linear, SpectralNorm) Layer(string name, int inputs, int outputs) =>
            (Child(name, new Linear(inputs, outputs, bias: true, generator)),
                Child($"{name}_norm", new SpectralNorm(outputs, inputs, generator)));
        var seen = channels * height * width;                                                // F's length
        vectors = [Layer("vector1", latent, hidden), Layer("vector2", hidden, hidden)];
        pairs = [Layer("pair1", seen + hidden, hidden), Layer("pair2", hidden, hidden)];
        (ofPicture, ofVector, ofPair) = (Layer("of_picture", seen, 1), Layer("of_vector", hidden, 1), Layer("of_pair", hidden, 1));
    }

    /// <exception cref="NotSupportedException">Always: it takes pairs.</exception>
    public override Tensor Forward(Tensor x) => throw new NotSupportedException("It takes a picture and a vector.");

    /// <param name="x">[B, C, h, w]</param>
    /// <param name="z">[B, latent]</param>
    /// <returns>[B, 3]: s_x, s_z, s_xz, Float32</returns>
    public Tensor Forward(Tensor x, Tensor z)
    {
        foreach (var (convolution, norm) in pictures) x = Leaky(convolution.Forward(x, norm.Forward(convolution.Weight)));
        var f = x.To(DType.Float32).Flatten(1);
        var h = vectors.Aggregate(z, (y, layer) => Leaky(Through(layer, y)));
        var j = pairs.Aggregate(Tensor.Cat([f, h], 1), (y, layer) => Leaky(Through(layer, y)));
        return Tensor.Cat([Through(ofPicture, f), Through(ofVector, h), Through(ofPair, j)], 1);
    }

    private static Tensor Through((Linear Linear, SpectralNorm Norm) layer, Tensor x) =>
        x.Linear(layer.Norm.Forward(layer.Linear.Weight), layer.Linear.Bias);

    private static Tensor Leaky(Tensor x) => Tensor.Invoke("aten::leaky_relu", "", x, Leak);
}
