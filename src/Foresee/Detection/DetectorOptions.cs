using System.Text.Json.Serialization;

namespace Foresee.Detection;

/// <summary>What maps a detector takes from an encoder, and what it makes of a region.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DetectorNetwork>))]
public enum DetectorNetwork
{
    /// <summary>A feature pyramid over the stages of a residual network (Lin et al. 2017), two linear layers on a region: "FPN".</summary>
    Pyramid,

    /// <summary>
    /// The map of the last stage but one, and the last stage on each region (Ren et al. 2015 as He et al. 2016 did it): "C4".
    /// </summary>
    LastStage,

    /// <summary>
    /// The grid of an encoder that sees an image patch by patch, as in Hénaff et al. 2020, section 4.3. Their encoder has no fourth stack,
    /// so what stands on it is new: two 3x3 convolutions, since a patch sees no further than itself, and two linear layers on a region.
    /// </summary>
    Grid,
}

/// <summary>The settings of Faster R-CNN (Ren et al. 2015); defaults are torchvision's where nothing else is said.</summary>
public sealed record DetectorOptions
{
    public DetectorNetwork Network { get; init; }

    /// <summary>Of the maps of a pyramid or of what stands on a grid; 256 in the papers, 128 suits a processor.</summary>
    public int Channels { get; init; } = 128;

    /// <summary>Of the two linear layers; 1024 in the papers.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Pixels between places of a pyramid's finest map; 4 in the paper, 8 costs a third.</summary>
    public int FinestStride { get; init; } = 8;

    /// <summary>Sizes of anchors on each map of a pyramid, in its strides; 8 in the paper, for images of 800 px.</summary>
    public IReadOnlyList<double> AnchorStrides { get; init; } = [2, 3.2];

    /// <summary>Sizes of anchors on a single map, in pixels; none: powers of two from 16 up to the image's longer side.</summary>
    public IReadOnlyList<double> AnchorSizes { get; init; } = [];

    /// <summary>Height over width.</summary>
    public IReadOnlyList<double> AnchorRatios { get; init; } = [0.5, 1, 2];

    /// <summary>Cells along a side of a region; 14 on a single map in the papers, at four times the cost.</summary>
    public int RegionSize { get; init; } = 7;

    /// <summary>Values along a side that a cell is the mean of; 0: as many as it covers places.</summary>
    public int Samples { get; init; } = 2;

    /// <summary>An anchor that overlaps an object so far is learnt as one.</summary>
    public double AnchorHigh { get; init; } = 0.7;

    /// <summary>An anchor that overlaps all objects less is learnt as background.</summary>
    public double AnchorLow { get; init; } = 0.3;

    /// <summary>Anchors of an image that are learnt from, at most half of them objects.</summary>
    public int AnchorsPerImage { get; init; } = 256;

    /// <summary>Proposals of a map with the highest scores, in training and in use.</summary>
    public int ProposalsPerMap { get; init; } = 1000;

    /// <summary>Proposals overlapping more are one.</summary>
    public double ProposalOverlap { get; init; } = 0.7;

    /// <summary>Proposals of an image in training; in use a third.</summary>
    public int Proposals { get; init; } = 1000;

    /// <summary>Proposals of an image that the second stage learns from, a quarter of them objects; 512 in torchvision.</summary>
    public int RegionsPerImage { get; init; } = 128;

    /// <summary>A proposal that overlaps an object so far is learnt as one.</summary>
    public double RegionOverlap { get; init; } = 0.5;

    /// <summary>Boxes with a lower score are not told.</summary>
    public double LeastScore { get; init; } = 0.05;

    /// <summary>Boxes of one class that overlap more are one.</summary>
    public double MostOverlap { get; init; } = 0.5;

    /// <summary>Boxes that are told of an image.</summary>
    public int MostObjects { get; init; } = 100;

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public DetectorOptions Validate()
    {
        var faults = new List<string>();
        if (Channels < 1 || Hidden < 1 || RegionSize < 1)
            faults.Add($"channels, hidden and region size must be 1 or more, got {Channels}, {Hidden} and {RegionSize}");
        if (AnchorRatios.Count == 0 || AnchorStrides.Count == 0
            || AnchorRatios.Concat(AnchorStrides).Concat(AnchorSizes).Any(value => !(value > 0)))
            faults.Add("anchors need sizes and ratios above 0");
        if (!(AnchorLow >= 0 && AnchorLow <= AnchorHigh && AnchorHigh <= 1))
            faults.Add($"anchors need 0 <= low <= high <= 1, got {AnchorLow} and {AnchorHigh}");
        if (AnchorsPerImage < 2 || RegionsPerImage < 4 || ProposalsPerMap < 1 || Proposals < 3 || MostObjects < 1)
            faults.Add("anchors per image must be 2 or more, regions per image 4, proposals 3, all other numbers 1");
        if (new[] { ProposalOverlap, RegionOverlap, LeastScore, MostOverlap }.Any(share => share is not (>= 0 and <= 1)))
            faults.Add("overlaps and the least score must lie in 0..1");
        return faults.Count == 0 ? this : throw new ArgumentException($"Detector: {string.Join("; ", faults)}.");
    }
}
