using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>The grid of a patch encoder with two convolutions on it (<see cref="DetectorNetwork.Grid"/>).</summary>
internal sealed class GridMaps : DetectorMaps
{
    private readonly PatchGridEncoder encoder;
    private readonly Conv2d first, second;
    private readonly TwoLayers head;

    /// <param name="encoder">Belongs to this from now on.</param>
    public GridMaps(DetectorOptions options, PatchGridEncoder encoder, Generator generator)
    {
        this.encoder = Child("encoder", encoder);
        first = Child("first", Convolution(encoder.Features, options.Channels, 3, generator));
        second = Child("second", Convolution(options.Channels, options.Channels, 3, generator));
        head = Child("head", new TwoLayers(options.Channels * options.RegionSize * options.RegionSize, options.Hidden, generator));
        var (stride, margin) = Places((PatchGridOptions)encoder.Options);
        Levels = [new(stride, margin, Sizes(options, encoder), options.AnchorRatios)];
        (Channels, Features) = (options.Channels, options.Hidden);
    }

    public override IReadOnlyList<MapLevel> Levels { get; }
    public override int Channels { get; }
    public override int Features { get; }

    /// <summary>
    /// Without padding patch j of p pixels at stride s has its middle at j s + p/2, which is (p - s)/2 further in than half a stride. A
    /// network that sees the image at once pads it.
    /// </summary>
    private static (double Stride, double Margin) Places(PatchGridOptions options) => options.WholeImages
        ? (options.Network.StemStride * options.Network.StemPool * options.Network.Blocks.Aggregate(1, (all, b) => all * b.Stride), 0)
        : (options.Stride, (options.Patch - options.Stride) / 2.0);

    public override IReadOnlyList<Tensor> Of(Tensor images)
    {
        var grid = encoder.Grid(images).Permute(0, 3, 1, 2);                            // [B, D, H, W]
        return [second.Forward(first.Forward(grid).Relu()).Relu().To(DType.Float32)];   // [B, C, H, W]
    }

    public override Tensor Region(Tensor regions) => head.Forward(regions);
}
