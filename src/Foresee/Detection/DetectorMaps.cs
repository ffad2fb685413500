using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>What a detector sees an image by, and what it makes of a region of that.</summary>
internal abstract class DetectorMaps : Module
{
    /// <summary>From the finest.</summary>
    public abstract IReadOnlyList<MapLevel> Levels { get; }

    /// <summary>C, of every map.</summary>
    public abstract int Channels { get; }

    /// <summary>D, the length of a region's vector.</summary>
    public abstract int Features { get; }

    /// <param name="images">[B, channels, height, width], normalised.</param>
    /// <returns>Of each level [B, C, h, w] Float32.</returns>
    public abstract IReadOnlyList<Tensor> Of(Tensor images);

    /// <summary>The level that a region is cut from.</summary>
    public virtual int LevelOf(Box region) => 0;

    /// <param name="regions">[K, C, r, r]</param>
    /// <returns>[K, D] Float32</returns>
    public abstract Tensor Region(Tensor regions);

    public override Tensor Forward(Tensor x) => Of(x)[^1];

    /// <exception cref="ArgumentException">The encoder has no such maps.</exception>
    public static DetectorMaps Build(DetectorOptions options, Encoder encoder, Generator generator) => (options.Network, encoder) switch
    {
        (DetectorNetwork.Pyramid, ConvEncoder network) => new PyramidMaps(options, network, generator),
        (DetectorNetwork.LastStage, ConvEncoder { StageWidths.Count: > 1 } network) => new LastStageMaps(options, network),
        (DetectorNetwork.Grid, PatchGridEncoder patches) => new GridMaps(options, patches, generator),
        (DetectorNetwork.Grid, _) => throw new ArgumentException("A detector on a grid needs an encoder of patches, such as of cpc-v2, and "
            + $"this one is: {encoder.Options.Describe(encoder.Input)}; use a pyramid (fpn) instead."),
        _ => throw new ArgumentException("A detector on stages needs a residual network on whole images, of two stages or more, and this "
            + $"encoder is: {encoder.Options.Describe(encoder.Input)}{(encoder is PatchGridEncoder ? "; use the network grid instead" : "")}."),
    };

    /// <summary>On a single map.</summary>
    private protected static IReadOnlyList<double> Sizes(DetectorOptions options, Encoder encoder) => options.AnchorSizes.Count > 0
        ? options.AnchorSizes
        : [.. Enumerable.Range(4, 12).Select(power => (double)(1 << power))
            .TakeWhile(size => size <= Math.Max(16, Math.Max(encoder.Input.Height, encoder.Input.Width)))];

    /// <summary>Kaiming uniform without a ReLU behind, as torchvision's pyramid: U(-b, b), b = sqrt(3 / fan-in).</summary>
    private protected static Conv2d Convolution(int inputs, int outputs, int kernel, Generator generator)
    {
        var made = new Conv2d(inputs, outputs, kernel, 1, kernel / 2, bias: true, generator);
        using var noGrad = Autograd.NoGrad();
        var bound = Math.Sqrt(3.0 / (inputs * kernel * kernel));
        made.Weight.Uniform_(-bound, bound, generator);
        made.Bias!.Zero_();
        return made;
    }
}

/// <summary>Flattened, then twice a linear layer and ReLU.</summary>
internal sealed class TwoLayers : Module
{
    private readonly Linear first, second;

    public TwoLayers(int inputs, int hidden, Generator generator)
    {
        first = Child("first", new Linear(inputs, hidden, bias: true, generator));
        second = Child("second", new Linear(hidden, hidden, bias: true, generator));
    }

    /// <param name="x">[K, C, r, r]</param>
    /// <returns>[K, hidden] Float32</returns>
    public override Tensor Forward(Tensor x) =>
        second.Forward(first.Forward(x.Permute(0, 2, 3, 1).Flatten(1)).Relu()).Relu().To(DType.Float32);
}
