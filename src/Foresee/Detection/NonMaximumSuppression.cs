namespace Foresee.Detection;

/// <summary>Of boxes that lie on each other the one with the highest score.</summary>
public static class NonMaximumSuppression
{
    /// <summary>
    /// By descending score (of equals the earlier first): a box stays unless it overlaps one that stays by more than the threshold. Boxes
    /// of different groups leave each other alone.
    /// </summary>
    /// <param name="groups">Of each box, such as its class; empty for one group.</param>
    /// <param name="most">Boxes after which it stops.</param>
    /// <returns>Indices, by descending score.</returns>
    /// <remarks>As torchvision.ops.nms and batched_nms: strictly greater, areas without + 1. Cost: boxes · kept.</remarks>
    public static int[] Keep(ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, double threshold, ReadOnlySpan<int> groups = default,
        int most = int.MaxValue)
    {
        var kept = new List<int>();
        foreach (var index in Order(scores))
        {
            if (kept.Count == most) break;
            if (!Covered(boxes, groups, kept, index, threshold)) kept.Add(index);
        }
        return [.. kept];
    }

    private static bool Covered(ReadOnlySpan<Box> boxes, ReadOnlySpan<int> groups, List<int> kept, int index, double threshold)
    {
        foreach (var other in kept)
            if ((groups.IsEmpty || groups[other] == groups[index]) && Box.Overlap(boxes[other], boxes[index]) > threshold) return true;
        return false;
    }

    /// <summary>Indices by descending score, of equal scores in their order.</summary>
    internal static int[] Order(ReadOnlySpan<float> scores)
    {
        var (order, keys) = (new int[scores.Length], new (float, int)[scores.Length]);
        for (var i = 0; i < order.Length; i++) (order[i], keys[i]) = (i, (-scores[i], i));
        Array.Sort(keys, order);
        return order;
    }
}
