using System.Text.Json;
using Foresee.Augmentation;
using Foresee.Torch;

namespace Foresee.Tests.Augmentation;

public sealed class ViewMakerTests
{
    private static readonly ImageAugmentation everything = ImageAugmentation.SimClr.FromAbove() with { Solarise = 0.5 };

    [Fact]
    public void Without_any_change_a_view_is_the_image_normalised_per_channel()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Pixels(4, 3, 9, 12, generator);
        double[] mean = [0.4, 0.5, 0.6], std = [0.2, 0.25, 0.3];
        var expected = (pixels.To(DType.Float64) / 255 - Tensor.From(mean, 1, 3, 1, 1)) / Tensor.From(std, 1, 3, 1, 1);
        var views = new ViewMaker(ImageAugmentation.None, 9, 12, 3, mean, std).Make(pixels, generator, threads: 1);
        Assert.Equal([4, 3, 9, 12], views.Shape);
        Made.Near(expected.ToArray<float>(), views.ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Views_are_the_same_on_any_number_of_threads_and_differ_from_call_to_call()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Pixels(40, 3, 40, 36, generator); // enough for several threads
        var maker = new ViewMaker(everything, 32, 32, 3);
        var state = generator.State;
        var first = maker.Make(pixels, generator, threads: 1).ToArray<float>();
        var second = maker.Make(pixels, generator, threads: 1).ToArray<float>();
        foreach (var threads in new[] { 2, 5 })
        {
            generator.State = state;
            Assert.Equal(first, maker.Make(pixels, generator, threads).ToArray<float>());
        }
        Assert.All(first.Chunk(3 * 32 * 32).Zip(second.Chunk(3 * 32 * 32)), pair => Assert.False(Made.Same(pair.First, pair.Second)));
        Assert.All(first, v => Assert.InRange(v, 0, 1));
    }

    [Fact]
    public void A_set_gives_a_view_of_each_size_for_each_image()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Pixels(3, 3, 40, 36, generator);
        ViewMaker large = new(ImageAugmentation.SimClr, 32, 32, 3),
            small = new(ImageAugmentation.SimClr with { LeastArea = 0.05, MostArea = 0.14 }, 12, 16, 3);
        var views = new ViewSet(large, large, small, small, small).Make(pixels, generator, threads: 2);
        Assert.Equal([[3, 3, 32, 32], [3, 3, 32, 32], [3, 3, 12, 16], [3, 3, 12, 16], [3, 3, 12, 16]], views.Select(view => view.Shape));
        Assert.Equal(5, views.Select(view => view.ToArray<float>()[0]).Distinct().Count());
    }

    [Fact]
    public void No_tensor_but_the_views_is_left_behind()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Pixels(3, 3, 40, 36, generator);
        var set = new ViewSet(new ViewMaker(everything, 32, 32, 3), new ViewMaker(everything, 16, 16, 3));
        var before = LivingTensors.Settled();
        foreach (var view in set.Make(pixels, generator, threads: 2)) view.Dispose();
        Assert.Equal(before, Tensor.Living);
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(4, 6)] // no square: no turn by one or three right angles
    public void Flips_and_quarter_turns_move_whole_pixels_and_all_ways_to_lie_are_equally_likely(int height, int width)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var image = Tensor.Arange(2 * height * width).To(DType.UInt8).View(1, 2, height, width);
        var lying = ImageAugmentation.None with { HorizontalFlip = 0.5, VerticalFlip = 0.5, QuarterTurns = 1 };
        var views = new ViewMaker(lying, height, width, 2).Make(image.Expand(4000, 2, height, width), generator, threads: 2)
            .ToArray<float>();
        var counts = views.Chunk(2 * height * width).CountBy(view => string.Join(' ', view.Select(v => (int)Math.Round(v * 255))))
            .ToDictionary();
        var ways = Ways(image.ToArray<byte>(), height, width).ToHashSet();
        Assert.Equal(ways, counts.Keys.ToHashSet());
        // 4 standard deviations and more
        Assert.All(counts.Values, count => Assert.InRange(count, 4000 / ways.Count - 130, 4000 / ways.Count + 130));
    }

    [Fact]
    public void A_turn_is_the_rotation_by_right_angles()
    {
        for (var turns = 0; turns < 4; turns++)
        {
            var (exact, turned) = (new Warp(5, 5), new Warp(5, 5));
            QuarterTurns.Apply(exact, turns);
            Rotation.Apply(turned, 90 * turns);
            float[] patch = Made.Patches(1, 1, 5, seed: 1)[0], resampled = [.. patch], moved = [.. patch];
            new Resampler(5, 5).Apply(turned, resampled, 1, 0);
            Assert.True(exact.IsWhole);
            new Resampler(5, 5).Apply(exact, moved, 1, 0);
            Made.Near(resampled, moved, 1e-5);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void Images_of_any_number_of_channels_are_changed(int channels)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var views = new ViewMaker(everything, 16, 16, channels).Make(Pixels(5, channels, 30, 20, generator), generator, threads: 1);
        Assert.Equal([5, channels, 16, 16], views.Shape);
        Assert.Equal(5, views.ToArray<float>().Chunk(channels * 256).Select(view => view[0]).Distinct().Count());
    }

    [Fact]
    public void What_has_no_meaning_is_named_and_faults_are_named_at_once()
    {
        Assert.Equal(["Saturation", "Hue", "Greyscale"], ImageAugmentation.SimClr.WithoutMeaning(1));
        Assert.Empty(ImageAugmentation.SimClr.WithoutMeaning(3));
        var faults = new List<string>();
        new ImageAugmentation { MostArea = 1, Padding = 4, Hue = 0.7, Blur = 1.5 }.Validate(faults);
        Assert.Collection(faults,
            fault => Assert.Contains("blur must lie in 0..1, got 1.5", fault, StringComparison.Ordinal),
            fault => Assert.Contains("above 0 where parts are shown, got 0", fault, StringComparison.Ordinal),
            fault => Assert.Contains("set one of them to 0", fault, StringComparison.Ordinal),
            fault => Assert.Contains("got 0.7", fault, StringComparison.Ordinal));
        foreach (var recipe in new[] { ImageAugmentation.None, ImageAugmentation.SimClr, ImageAugmentation.SimClr32,
            ImageAugmentation.MoCoV2, ImageAugmentation.ByolFirst, ImageAugmentation.ByolSecond32, everything })
        {
            var none = new List<string>();
            recipe.Validate(none);
            Assert.Empty(none);
            Assert.Equal(recipe, JsonSerializer.Deserialize<ImageAugmentation>(JsonSerializer.Serialize(recipe)));
        }
    }

    [Fact]
    public void Images_of_another_shape_or_type_are_refused_with_what_is_needed()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var maker = new ViewMaker(ImageAugmentation.None, 8, 8, 3);
        Assert.Contains("[B, 3, height, width], got [1, 1, 8, 8]",
            Assert.Throws<ArgumentException>(() => maker.Make(Tensor.Zeros([1, 1, 8, 8]), generator, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("got Int64", Assert.Throws<ArgumentException>(() =>
            maker.Make(Tensor.Zeros([1, 3, 8, 8], DType.Int64), generator, 1)).Message, StringComparison.Ordinal);
    }

    private static Tensor Pixels(int count, int channels, int height, int width, Generator generator) =>
        Tensor.RandInt(0, 256, [count, channels, height, width], generator).To(DType.UInt8);

    /// <summary>The ways an image can lie, by index.</summary>
    private static IEnumerable<string> Ways(byte[] image, int height, int width)
    {
        foreach (var (mirrored, upsideDown, transposed) in from m in new[] { false, true }
                                                           from u in new[] { false,
            true }
                                                           from t in new[] { false, true }
                                                           select (m, u, t))
        {
            if (transposed && height != width) continue;
            var pixels = from c in Enumerable.Range(0, 2)
                         from y in Enumerable.Range(0, height)
                         from x in Enumerable.Range(0, width)
                         let place = (Y: upsideDown ? height - 1 - y : y, X: mirrored ? width - 1 - x : x)
                         select image[c * height * width + (transposed ? place.X * width + place.Y : place.Y * width + place.X)];
            yield return string.Join(' ', pixels);
        }
    }
}
