namespace Foresee.Detection;

/// <summary>How well one class was found; average precisions 0 to 1, null without an object that counts.</summary>
/// <param name="Objects">That count: without the difficult ones.</param>
/// <param name="ElevenPoints">VOC 2007's average precision at an overlap of 0.5.</param>
/// <param name="Area">VOC 2010's.</param>
/// <param name="Coco">COCO's: of 101 points, the mean over overlaps of 0.5, 0.55, .. 0.95.</param>
/// <param name="Coco50">COCO's at 0.5 alone.</param>
/// <param name="Coco75">COCO's at 0.75 alone.</param>
/// <param name="Curve">By VOC's rules at 0.5.</param>
public sealed record ClassScore(string Class, int Objects, double? ElevenPoints, double? Area, double? Coco, double? Coco50, double? Coco75,
    PrecisionCurve? Curve);

/// <summary>How well objects were found: means over the classes that have any.</summary>
public sealed record DetectionScore(IReadOnlyList<ClassScore> Classes)
{
    /// <summary>Overlaps that COCO's mean is taken over.</summary>
    private static readonly double[] Overlaps = [.. Enumerable.Range(0, 10).Select(i => (50 + 5 * i) / 100.0)];

    public double ElevenPoints => Mean(score => score.ElevenPoints);
    public double Area => Mean(score => score.Area);
    public double Coco => Mean(score => score.Coco);
    public double Coco50 => Mean(score => score.Coco50);
    public double Coco75 => Mean(score => score.Coco75);

    private double Mean(Func<ClassScore, double?> of) => Classes.Select(of).OfType<double>().DefaultIfEmpty(double.NaN).Average();

    /// <param name="images">With their objects.</param>
    /// <param name="found">In each image.</param>
    /// <param name="classes">That the detections' numbers mean.</param>
    public static DetectionScore Of(IReadOnlyList<AnnotatedImage> images, IReadOnlyList<IReadOnlyList<DetectedObject>> found,
        IReadOnlyList<string> classes) => new([.. classes.Select((name, number) => Of(name,
            [.. from image in found.Index() from d in image.Item where d.Class == number select new ScoredBox(image.Index, d.Score, d.Box)],
            [.. from image in images.Index() from o in image.Item.Objects where o.Class == name
                select new TrueBox(image.Index, o.Box, o.Difficult)]))]);

    public static ClassScore Of(string name, IReadOnlyList<ScoredBox> detections, IReadOnlyList<TrueBox> objects)
    {
        var count = objects.Count(o => !o.Difficult);
        if (count == 0) return new(name, 0, null, null, null, null, null, null);
        var curve = PrecisionCurve.Of(DetectionMatching.Voc(detections, objects, 0.5), count);
        double[] coco = [.. Overlaps.Select(overlap =>
            PrecisionCurve.Of(DetectionMatching.Coco(detections, objects, overlap), count).HundredAndOnePoints())];
        return new(name, count, curve.ElevenPoints(), curve.Area(), coco.Average(), coco[0], coco[5], curve);
    }
}
