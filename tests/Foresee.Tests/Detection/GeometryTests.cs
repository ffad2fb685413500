using Foresee.Detection;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Detection;

public sealed class GeometryTests
{
    [Fact]
    public void Boxes_become_the_deltas_of_the_formula_and_come_back()
    {
        Box box = new(10, 20, 50, 100), reference = new(12, 16, 44, 80);
        var code = BoxCode.Regions.Encode(box, reference);
        Assert.Equal((0.625, 1.875), (code.X, code.Y));
        Assert.Equal(1.115718, code.Width, 1e-6);
        Assert.Equal(1.115718, code.Height, 1e-6);
        Assert.Equal(0.223144, BoxCode.Unweighted.Encode(box, reference).Width, 1e-6);
        var back = BoxCode.Regions.Decode(code, reference);
        Assert.Equal(box.Left, back.Left, 1e-9);
        Assert.Equal(box.Bottom, back.Bottom, 1e-9);
        Assert.Equal(1000.0 / 16 * 32, BoxCode.Unweighted.Decode(new(0, 0, 100, 0), reference).Width, 1e-6); // cut before exp
    }

    [Fact]
    public void Mirrored_boxes_are_those_of_mirrored_pixels()
    {
        var image = new bool[6, 8];
        for (var y = 1; y < 4; y++)
            for (var x = 2; x < 7; x++) image[y, x] = true;
        Assert.Equal(Around((y, x) => image[y, 7 - x]), new Box(2, 1, 7, 4).Mirrored(8));
        Assert.Equal(Around((y, x) => image[5 - y, x]), new Box(2, 1, 7, 4).Flipped(6));

        static Box Around(Func<int, int, bool> inside)
        {
            var pixels = (from y in Enumerable.Range(0, 6) from x in Enumerable.Range(0, 8) where inside(y, x) select (y, x)).ToList();
            return new(pixels.Min(p => p.x), pixels.Min(p => p.y), pixels.Max(p => p.x) + 1, pixels.Max(p => p.y) + 1);
        }
    }

    [Fact]
    public void Anchors_stand_around_the_middle_of_each_place()
    {
        var level = new MapLevel(16, 4, [32, 64], [0.5, 1, 2]);
        var anchors = level.Anchors(2, 3);
        Assert.Equal(2 * 3 * 6, anchors.Length);
        void IsAround(double x, double y, Box anchor)
        {
            Assert.Equal(x, (anchor.Left + anchor.Right) / 2, 1e-9);
            Assert.Equal(y, (anchor.Top + anchor.Bottom) / 2, 1e-9);
        }
        Assert.All(anchors.Take(6), anchor => IsAround(12, 12, anchor));
        IsAround(4 + 2.5 * 16, 4 + 1.5 * 16, anchors[^1]);
        // torchvision's, rounded, of size 32
        double[][] rounded = [.. new[] { 0, 2, 4 }.Select(i => anchors[i].Place(1, 1, -12, -12))
            .Select(a => new[] { Math.Round(a.Left), Math.Round(a.Top), Math.Round(a.Right), Math.Round(a.Bottom) })];
        Assert.Equal([[-23, -11, 23, 11], [-16, -16, 16, 16], [-11, -23, 11, 23]], rounded);
    }

    [Fact]
    public void A_candidate_saved_as_the_best_stands_for_its_own_nearest_object()
    {
        double[,] overlaps = { { .8, .5, .2, .1, .29 }, { .1, .4, .25, 0, .29 } };
        Assert.Equal([0, 0, -1, -1, -1], BoxMatching.Match(overlaps, 0.7, 0.3, keepBest: true));
        Assert.Equal([0, -2, -1, -1, -1], BoxMatching.Match(overlaps, 0.7, 0.3, keepBest: false));
        Assert.Equal([-1, -1], BoxMatching.Match(new double[0, 2], 0.7, 0.3, keepBest: true)); // an image without objects
        Assert.Equal([-1, -1], BoxMatching.Match(new double[1, 2], 0.7, 0.3, keepBest: true)); // an object that no anchor touches
    }

    [Fact]
    public void A_sample_holds_no_more_objects_than_its_share_and_nothing_that_is_ignored()
    {
        int[] matches = [.. Enumerable.Range(0, 100).Select(i => i < 40 ? i : i < 60 ? BoxMatching.Ignored : BoxMatching.Background)];
        var sample = BoxMatching.Sample(matches, 48, 0.25, new SeededOrder(1));
        Assert.Equal((48, 12), (sample.Distinct().Count(), sample.Count(i => i < 40)));
        Assert.DoesNotContain(sample, i => i is >= 40 and < 60);
        Assert.All(sample.Take(12), i => Assert.True(i < 40));
        Assert.Equal(80, BoxMatching.Sample(matches, 200, 0.5, new SeededOrder(1)).Length);
    }

    [Theory]
    [InlineData(0.3, new[] { 0, 3 })]
    [InlineData(0.5, new[] { 0, 2, 3, 4 })]
    [InlineData(0.7, new[] { 0, 1, 2, 3, 4 })]
    public void Suppression_spares_what_overlaps_by_the_threshold_itself(double threshold, int[] kept)
    {
        Box[] boxes = [new(0, 0, 10, 10), new(1, 1, 11, 11), new(0, 0, 10, 5), new(20, 20, 30, 30), new(0, 0, 10, 20)];
        Assert.Equal(kept, NonMaximumSuppression.Keep(boxes, [.9f, .8f, .7f, .6f, .5f], threshold));
        Assert.Equal(kept.Take(1), NonMaximumSuppression.Keep(boxes, [.9f, .8f, .7f, .6f, .5f], threshold, most: 1));
    }

    [Fact]
    public void RoiAlign_is_the_mean_of_bilinear_values_by_a_plain_loop()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var map = Tensor.RandN([2, 5, 7], generator);
        var values = map.ToArray<float>();
        Box[] regions = [new(3, 5, 29, 31), new(0, 0, 56, 40), new(-3, 30, 14, 41), new(50, -9, 75, 12)];
        var pooled = RoiAlign.Pool(map, regions, 1 / 8.0, size: 3, samples: 2).ToArray<float>();
        for (var k = 0; k < regions.Length; k++)
            for (var c = 0; c < 2; c++)
                for (var i = 0; i < 3; i++)
                    for (var j = 0; j < 3; j++)
                    {
                        var sum = 0.0;
                        for (var a = 0; a < 2; a++)
                            for (var b = 0; b < 2; b++)
                                sum += At(c, regions[k].Top / 8 - 0.5 + (i + (a + 0.5) / 2) * regions[k].Height / 8 / 3,
                                    regions[k].Left / 8 - 0.5 + (j + (b + 0.5) / 2) * regions[k].Width / 8 / 3);
                        Assert.Equal(sum / 4, pooled[((k * 2 + c) * 3 + i) * 3 + j], 1e-5);
                    }

        double At(int channel, double y, double x)
        {
            if (y < -1 || y > 5 || x < -1 || x > 7) return 0;
            (y, x) = (Math.Clamp(y, 0, 4), Math.Clamp(x, 0, 6));
            int top = (int)y, left = (int)x, bottom = Math.Min(top + 1, 4), right = Math.Min(left + 1, 6);
            double Of(int row, int column) => values[(channel * 5 + row) * 7 + column];
            return (1 - (y - top)) * ((1 - (x - left)) * Of(top, left) + (x - left) * Of(top, right))
                + (y - top) * ((1 - (x - left)) * Of(bottom, left) + (x - left) * Of(bottom, right));
        }
    }

    [Fact]
    public void RoiAlign_of_a_ramp_gives_the_published_numbers()
    {
        using var scope = TensorScope.Begin();
        var map = Tensor.Arange(64).To(DType.Float32).Reshape(1, 8, 8);
        Assert.Equal([4.5f, 6.5f, 20.5f, 22.5f], Pool(new(0, 0, 16, 16), 2, aligned: true));
        Assert.Equal([9f, 11f, 25f, 27f], Pool(new(0, 0, 16, 16), 2, aligned: false));
        Assert.Equal([20.875f, 24.125f, 46.875f, 50.125f], Pool(new(3, 5, 29, 31), 2, aligned: true));
        Assert.Equal([25.375f, 28.625f, 51.375f, 54.625f], Pool(new(3, 5, 29, 31), 2, aligned: false));
        Assert.Equal([0f], Pool(new(1, 1, 2, 2), 1, aligned: true));
        Assert.Equal([6.75f], Pool(new(1, 1, 2, 2), 1, aligned: false));

        float[] Pool(Box region, int size, bool aligned) => RoiAlign.Pool(map, [region], 0.25, size, 2, aligned).ToArray<float>();
    }
}
