namespace Foresee.Detection;

/// <summary>Of all regions the objects that are told.</summary>
internal static class ObjectSelection
{
    private const double LeastSide = 1e-2; // pixels

    /// <summary>
    /// Of each region and class whose score is high enough the better box, cut at the image's edge; of each class those on each other
    /// thinned out; the best of all (torchvision's postprocess_detections).
    /// </summary>
    /// <param name="scores">[K, classes + 1] of 0 to 1, background first</param>
    /// <param name="deltas">[K, classes, 4]</param>
    /// <param name="size">Of the image, without padding.</param>
    /// <returns>By descending score.</returns>
    public static DetectedObject[] Of(Box[] regions, ReadOnlySpan<float> scores, ReadOnlySpan<float> deltas, int classes, CanvasSize size,
        DetectorOptions options)
    {
        var (boxes, their, numbers) = (new List<Box>(), new List<float>(), new List<int>());
        for (var k = 0; k < regions.Length; k++)
            for (var c = 0; c < classes; c++)
            {
                var score = scores[k * (classes + 1) + c + 1];
                if (score <= options.LeastScore) continue;
                var delta = deltas.Slice((k * classes + c) * 4, 4);
                var box = BoxCode.Regions.Decode(new(delta[0], delta[1], delta[2], delta[3]), regions[k]).Clip(size.Width, size.Height);
                if (box.Width < LeastSide || box.Height < LeastSide) continue;
                boxes.Add(box);
                their.Add(score);
                numbers.Add(c);
            }
        return [.. NonMaximumSuppression.Keep([.. boxes], [.. their], options.MostOverlap, [.. numbers], options.MostObjects)
            .Select(i => new DetectedObject(numbers[i], their[i], boxes[i]))];
    }
}
