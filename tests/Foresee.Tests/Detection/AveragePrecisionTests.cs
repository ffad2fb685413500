using Foresee.Detection;

namespace Foresee.Tests.Detection;

/// <summary>Cases that the public scorers of VOC and COCO were run on.</summary>
public sealed class AveragePrecisionTests
{
    [Theory]
    [InlineData("TFTTFFT", 5, .649351, .614286, .618105)]
    [InlineData("TTFT", 4, .681818, .687500, .690594)]
    [InlineData("TIFT", 2, .848485, .833333, .834983)]
    public void A_curve_has_the_three_average_precisions_of_the_public_scorers(string outcomes, int objects, double eleven, double area,
        double coco)
    {
        var curve = PrecisionCurve.Of(
            outcomes.Select(o => o switch { 'T' => Outcome.Hit, 'I' => Outcome.Ignored, _ => Outcome.Miss }), objects);
        Assert.Equal(eleven, curve.ElevenPoints(), 1e-6);
        Assert.Equal(area, curve.Area(), 1e-6);
        Assert.Equal(coco, curve.HundredAndOnePoints(), 1e-6);
    }

    [Fact]
    public void Without_a_detection_all_are_zero()
    {
        var curve = PrecisionCurve.Of([], 3);
        Assert.Equal((0, 0, 0), (curve.ElevenPoints(), curve.Area(), curve.HundredAndOnePoints()));
    }

    /// <summary>Two images with a difficult object, a duplicate, and overlaps on both sides of a half.</summary>
    private static (ScoredBox[] Detections, TrueBox[] Objects) Case(double inclusive)
    {
        Box Of(double left, double top, double right, double bottom) => new(left - inclusive, top - inclusive, right, bottom);
        return ([new(0, .95, Of(12, 12, 52, 52)), new(0, .90, Of(10, 10, 50, 46)), new(1, .85, Of(20, 30, 60, 80)),
                new(0, .80, Of(12, 62, 50, 98)), new(1, .70, Of(100, 100, 120, 120)), new(0, .60, Of(60, 10, 90, 40)),
                new(1, .50, Of(20, 20, 60, 50)), new(1, .40, Of(74, 20, 94, 60))],
            [new(0, Of(10, 10, 50, 50), false), new(0, Of(60, 10, 100, 50), false), new(0, Of(10, 60, 50, 100), true),
                new(1, Of(20, 20, 60, 80), false), new(1, Of(70, 20, 90, 60), false)]);
    }

    [Fact]
    public void Vocs_rules_take_the_largest_overlap_and_count_a_second_detection_as_a_miss()
    {
        var (detections, objects) = Case(inclusive: 1);
        Assert.Equal([Outcome.Hit, Outcome.Miss, Outcome.Hit, Outcome.Ignored, Outcome.Miss, Outcome.Hit, Outcome.Miss, Outcome.Hit],
            DetectionMatching.Voc(detections, objects, 0.5));
        Assert.Equal([.719481, .709524], Of(0.5), new Near(1e-6));
        Assert.Equal([.454545, .416667], Of(0.75), new Near(1e-6));

        double[] Of(double threshold)
        {
            var curve = PrecisionCurve.Of(DetectionMatching.Voc(detections, objects, threshold), 4);
            return [curve.ElevenPoints(), curve.Area()];
        }
    }

    [Fact]
    public void Cocos_rules_take_the_best_object_that_is_left()
    {
        var (detections, objects) = Case(inclusive: 0);
        double At(double threshold) => PrecisionCurve.Of(DetectionMatching.Coco(detections, objects, threshold), 4).HundredAndOnePoints();
        Assert.Equal([.712400, .712400, .528524, .528524, .422442, .422442, .422442, .128713, .128713, 0],
            new[] { .5, .55, .6, .65, .7, .75, .8, .85, .9, .95 }.Select(At), new Near(1e-6));
        Assert.Equal(.400660, DetectionScore.Of("cell", detections, objects).Coco!.Value, 1e-6);
    }

    [Fact]
    public void The_mean_leaves_out_classes_without_objects()
    {
        AnnotatedImage[] images = [new("a.jpg", 100, 100, [new("cell", new(0, 0, 10, 10)), new("seed", new(50, 50, 60, 60), true)])];
        var score = DetectionScore.Of(images, [[new(0, .9f, new(0, 0, 10, 10)), new(1, .9f, new(50, 50, 60, 60)), new(2, .9f, default)]],
            ["cell", "seed", "stone"]);
        Assert.Equal([1, 0, 0], score.Classes.Select(c => c.Objects));
        Assert.Null(score.Classes[1].Area); // its only object is a difficult one
        Assert.Equal((1, 1, 1), (score.ElevenPoints, score.Area, score.Coco));
    }

    [Fact]
    public void Of_each_image_a_hundred_detections_count_for_coco()
    {
        ScoredBox[] detections = [.. Enumerable.Range(0, 100).Select(i => new ScoredBox(0, 1 - i * .001, new(90, 90, 99, 99))),
            new(0, .5, new(0, 0, 10, 10))];
        TrueBox[] objects = [new(0, new(0, 0, 10, 10), false)];
        Assert.DoesNotContain(Outcome.Hit, DetectionMatching.Coco(detections, objects, 0.5));
        Assert.Contains(Outcome.Hit, DetectionMatching.Voc(detections, objects, 0.5));
    }

    private sealed class Near(double tolerance) : IEqualityComparer<double>
    {
        public bool Equals(double a, double b) => Math.Abs(a - b) <= tolerance;

        public int GetHashCode(double value) => 0;
    }
}
