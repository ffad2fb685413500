using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>
/// A feature pyramid (Lin et al. 2017, section 3): from the top p_s = 1x1(c_s) + enlarged(p_{s+1}), then 3x3 on each. A further level is
/// every second place of the last, for proposals only.
/// </summary>
internal sealed class PyramidMaps : DetectorMaps
{
    private const double UsualSize = 224, UsualStride = 16; // a region of ImageNet's size is cut from the fourth stage's map

    private readonly ConvEncoder encoder;
    private readonly List<Conv2d> laterals = [], outputs = [];
    private readonly TwoLayers head;
    private readonly int first;

    /// <param name="encoder">Belongs to this from now on.</param>
    public PyramidMaps(DetectorOptions options, ConvEncoder encoder, Generator generator)
    {
        this.encoder = Child("encoder", encoder);
        var (network, widths) = ((ConvEncoderOptions)encoder.Options, encoder.StageWidths);
        first = Math.Min(widths.Count - 1,
            Enumerable.Range(0, widths.Count).Count(stage => network.StrideOf(stage) < options.FinestStride));
        for (var stage = first; stage < widths.Count; stage++)
        {
            laterals.Add(Child($"lateral{stage + 1}", Convolution(widths[stage], options.Channels, 1, generator)));
            outputs.Add(Child($"output{stage + 1}", Convolution(options.Channels, options.Channels, 3, generator)));
        }
        Levels = [.. Enumerable.Range(first, laterals.Count + 1).Select(stage => (double)network.StrideOf(stage))
            .Select(stride => new MapLevel(stride, 0, [.. options.AnchorStrides.Select(size => size * stride)], options.AnchorRatios))];
        head = Child("head", new TwoLayers(options.Channels * options.RegionSize * options.RegionSize, options.Hidden, generator));
        (Channels, Features) = (options.Channels, options.Hidden);
    }

    public override IReadOnlyList<MapLevel> Levels { get; }
    public override int Channels { get; }
    public override int Features { get; }

    public override IReadOnlyList<Tensor> Of(Tensor images)
    {
        var stages = encoder.Stages(images);                                            // [B, D_s, h_s, w_s]
        var maps = new Tensor[laterals.Count + 1];
        Tensor? above = null;
        for (var level = laterals.Count - 1; level >= 0; level--)
        {
            var lateral = laterals[level].Forward(stages[first + level]);               // [B, C, h_s, w_s]
            above = above is null ? lateral : lateral + Enlarged(above, lateral);
            maps[level] = outputs[level].Forward(above).To(DType.Float32);
        }
        maps[^1] = maps[^2].MaxPool2d(1, 2);
        return maps;
    }

    /// <summary>Each place repeated, to the size of the map below.</summary>
    private static Tensor Enlarged(Tensor map, Tensor below) => Tensor.Invoke("aten::upsample_nearest2d", "", map,
        new[] { below.Size(2), below.Size(3) });

    /// <summary>Equation 1: floor(k + log2(sqrt(w h) / 224)), by strides.</summary>
    public override int LevelOf(Box region)
    {
        var stride = UsualStride * Math.Sqrt(region.Area) / UsualSize;
        return Math.Clamp((int)Math.Floor(Math.Log2(Math.Max(stride, 1e-9) / Levels[0].Stride) + 1e-6), 0, laterals.Count - 1);
    }

    public override Tensor Region(Tensor regions) => head.Forward(regions);
}
