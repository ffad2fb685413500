using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>
/// The map of the last stage but one, and the last stage on each region, averaged: all weights but the three output layers come from the
/// encoder (He et al. 2016, appendix A; detectron2's C4).
/// </summary>
internal sealed class LastStageMaps : DetectorMaps
{
    private readonly ConvEncoder encoder;
    private readonly int stages;

    /// <param name="encoder">Belongs to this from now on.</param>
    public LastStageMaps(DetectorOptions options, ConvEncoder encoder)
    {
        this.encoder = Child("encoder", encoder);
        stages = encoder.StageWidths.Count - 1;
        Levels = [new(((ConvEncoderOptions)encoder.Options).StrideOf(stages - 1), 0, Sizes(options, encoder), options.AnchorRatios)];
    }

    public override IReadOnlyList<MapLevel> Levels { get; }
    public override int Channels => encoder.StageWidths[stages - 1];
    public override int Features => encoder.Features;

    public override IReadOnlyList<Tensor> Of(Tensor images) => [encoder.Stages(images, stages)[^1]];

    public override Tensor Region(Tensor regions) => encoder.LastStage(regions).Mean([2, 3]);       // [K, D]
}
