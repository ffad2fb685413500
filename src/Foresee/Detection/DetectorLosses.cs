using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Losses;

namespace Foresee.Detection;

/// <summary>
/// What both stages learn from: cross entropy of all boxes that were drawn, smooth L1 of the deltas of those with an object.
/// </summary>
internal static class DetectorLosses
{
    private const double Beta = 1.0 / 9;       // of smooth L1
    private const double HalfOfAnchors = 0.5;

    /// <summary>Of region proposals (Ren et al. 2015, equation 1; torchvision's weights of its two parts).</summary>
    /// <param name="random">Draws the anchors.</param>
    public static (Tensor Objectness, Tensor Boxes) OfProposals(RawProposals raw, Box[] anchors, IReadOnlyList<DetectionTarget> targets,
        DetectorOptions options, SeededOrder random)
    {
        var (drawn, labels, objects, deltas) = (new List<long>(), new List<float>(), new List<long>(), new List<float>());
        foreach (var (image, target) in targets.Index())
        {
            var matches = BoxMatching.Match(target.Boxes, anchors, options.AnchorHigh, options.AnchorLow, keepBest: true);
            foreach (var anchor in BoxMatching.Sample(matches, options.AnchorsPerImage, HalfOfAnchors, random))
            {
                drawn.Add((long)image * anchors.Length + anchor);
                labels.Add(matches[anchor] >= 0 ? 1 : 0);
                if (matches[anchor] < 0) continue;
                objects.Add(drawn[^1]);
                Append(deltas, BoxCode.Unweighted.Encode(target.Boxes[matches[anchor]], anchors[anchor]));
            }
        }
        var logits = Rows(raw.Logits.Reshape(-1, 1), drawn);                                                    // [drawn, 1]
        return (Loss.BinaryCrossEntropy(logits, Table(labels, 1, logits)),
            Shared(raw.Deltas.Reshape(-1, 4), objects, deltas, drawn.Count));
    }

    /// <summary>Of regions (Girshick 2015, equation 1).</summary>
    /// <param name="logits">[K, classes + 1], background first</param>
    /// <param name="deltas">[K, classes, 4]; only those of the true class learn.</param>
    /// <param name="regions">K in all.</param>
    public static (Tensor Classes, Tensor Boxes) OfRegions(Tensor logits, Tensor deltas, IReadOnlyList<DrawnRegions> regions)
    {
        long[] classes = [.. regions.SelectMany(region => region.Classes)];
        long[] objects = [.. classes.Index().Where(c => c.Item > 0).Select(c => c.Index * deltas.Size(1) + c.Item - 1)];
        return (Loss.CrossEntropy(logits, Tensor.From(classes).To(logits.Device)),
            Shared(deltas.Reshape(-1, 4), objects, [.. regions.SelectMany(region => region.Deltas)], classes.Length));
    }

    /// <summary>Σ smooth L1 of the chosen rows, over a number of which these are a part; 0 with its graph where there are none.</summary>
    private static Tensor Shared(Tensor rows, IReadOnlyList<long> chosen, IReadOnlyList<float> targets, int count)
    {
        if (chosen.Count == 0) return rows.Sum() * 0;
        var predicted = Rows(rows, chosen);
        return Loss.SmoothL1(predicted, Table(targets, 4, predicted), Beta) * ((double)targets.Count / Math.Max(1, count));
    }

    internal static void Append(List<float> deltas, BoxDelta delta) =>
        deltas.AddRange([(float)delta.X, (float)delta.Y, (float)delta.Width, (float)delta.Height]);

    private static Tensor Rows(Tensor rows, IReadOnlyList<long> chosen) =>
        rows.IndexSelect(0, Tensor.From([.. chosen], chosen.Count).To(rows.Device));

    private static Tensor Table(IReadOnlyList<float> values, int width, Tensor beside) =>
        Tensor.From([.. values], values.Count / width, width).To(beside.Device);
}

/// <summary>Regions of an image that are learnt from, those with an object first.</summary>
/// <param name="Classes">Of each region: 0 for background, else the class from 1.</param>
/// <param name="Deltas">Of the regions with an object, 4 each.</param>
internal sealed record DrawnRegions(IReadOnlyList<Box> Boxes, IReadOnlyList<long> Classes, IReadOnlyList<float> Deltas)
{
    private const double Foreground = 0.25;

    /// <param name="candidates">Proposals, and the objects themselves.</param>
    public static DrawnRegions From(Box[] candidates, DetectionTarget target, DetectorOptions options, SeededOrder random)
    {
        var matches = BoxMatching.Match(target.Boxes, candidates, options.RegionOverlap, options.RegionOverlap, keepBest: false);
        var (drawn, deltas) = (BoxMatching.Sample(matches, options.RegionsPerImage, Foreground, random), new List<float>());
        foreach (var region in drawn.Where(region => matches[region] >= 0))
            DetectorLosses.Append(deltas, BoxCode.Regions.Encode(target.Boxes[matches[region]], candidates[region]));
        return new([.. drawn.Select(region => candidates[region])],
            [.. drawn.Select(region => matches[region] < 0 ? 0L : target.Classes[matches[region]] + 1)], deltas);
    }
}
