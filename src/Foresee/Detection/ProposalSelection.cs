namespace Foresee.Detection;

/// <summary>Of all anchors the boxes that the second stage looks at.</summary>
internal static class ProposalSelection
{
    private const double LeastSide = 1e-3; // pixels

    /// <summary>
    /// Of each map the anchors with the highest logits, as boxes cut at the image's edge, those on each other thinned out map by map; then
    /// the best of all maps (torchvision's filter_proposals).
    /// </summary>
    /// <param name="logits">[N]</param>
    /// <param name="deltas">[N, 4]</param>
    /// <param name="anchors">[N], map by map</param>
    /// <param name="counts">Anchors of each map.</param>
    /// <param name="extent">Of the image, without padding.</param>
    public static Box[] Of(ReadOnlySpan<float> logits, ReadOnlySpan<float> deltas, Box[] anchors, IReadOnlyList<int> counts,
        DetectorOptions options, CanvasSize extent, int most)
    {
        var (boxes, scores, from) = (new List<Box>(), new List<float>(), 0);
        foreach (var count in counts)
        {
            var (found, their) = (new List<Box>(), new List<float>());
            foreach (var index in NonMaximumSuppression.Order(logits.Slice(from, count)).Take(options.ProposalsPerMap))
            {
                var place = from + index;
                var delta = deltas.Slice(4 * place, 4);
                var box = BoxCode.Unweighted.Decode(new(delta[0], delta[1], delta[2], delta[3]), anchors[place])
                    .Clip(extent.Width, extent.Height);
                if (box.Width < LeastSide || box.Height < LeastSide) continue;
                found.Add(box);
                their.Add(logits[place]);
            }
            foreach (var kept in NonMaximumSuppression.Keep([.. found], [.. their], options.ProposalOverlap))
            {
                boxes.Add(found[kept]);
                scores.Add(their[kept]);
            }
            from += count;
        }
        return [.. NonMaximumSuppression.Order([.. scores]).Take(most).Select(i => boxes[i])];
    }
}
