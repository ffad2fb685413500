using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Tests.Augmentation;
using Foresee.Torch;

namespace Foresee.Tests.Patches;

public sealed class PatchCutterTests
{
    private static readonly GridGeometry grid = new(20, 24, 8, 4);

    private static readonly PatchAugmentation everything = new()
    {
        FlipPatch = 0.5,
        Rotation = 30,
        Shear = 0.2,
        Zoom = 0.2,
        Shift = 0.1,
        Primitives = 3,
        Deformation = 0.5,
        ColourHistogram = 0.5,
        SzegedyColour = 0.5,
        Sharpness = 0.5,
        Blur = 1,
        Gamma = 0.5,
        Lightness = 0.2,
        Saturation = 0.5,
        Hue = 0.2,
        Invert = 0.5,
        Greyscale = 0.2,
        ColourDrop = 0.5,
        Noise = 0.1,
        Cutout = 0.5,
    };

    [Fact]
    public void Without_any_change_the_patches_are_those_of_the_grid()
    {
        using var scope = TensorScope.Begin();
        var images = Images(3, 3);
        Assert.Equal(PatchGrid.Extract(Tensor.From(images, 3, 3, 20, 24), grid).ToArray<float>(),
            Made.Cut(PatchAugmentation.None, images, 3, grid).SelectMany(p => p));
    }

    [Fact]
    public void Bytes_are_taken_as_0_to_1_and_normalised_per_channel()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var pixels = Tensor.RandInt(0, 256, [2, 3, 20, 24], generator).To(DType.UInt8);
        double[] mean = [0.4, 0.5, 0.6], deviation = [0.2, 0.25, 0.3];
        var expected = PatchGrid.Extract(pixels.To(DType.Float64) / 255, grid);
        expected = (expected - Tensor.From(mean, 1, 3, 1, 1)) / Tensor.From(deviation, 1, 3, 1, 1);
        var patches = new PatchCutter(PatchAugmentation.None, grid, new(grid.Height, grid.Width, 3) { Mean = mean, Std = deviation })
            .Cut(pixels, generator);
        Made.Near(expected.ToArray<float>(), patches.ToArray<float>(), 1e-6);
    }

    [Fact]
    public void Images_with_a_margin_are_cropped_at_every_place_of_it_and_nowhere_else()
    {
        const int Margin = 3, Images = 400;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var grid = new GridGeometry(8, 8, 4, 4);
        // A pixel's value tells its place: 11 y + x.
        var one = Enumerable.Range(0, 11 * 11).Select(i => (byte)i).ToArray();
        var images = Tensor.From([.. Enumerable.Repeat(one, Images).SelectMany(image => image)], Images, 1, 11, 11);
        var patches = new PatchCutter(PatchAugmentation.None, grid, new(grid.Height, grid.Width, 1) { Margin = Margin })
            .Cut(images, generator).ToArray<float>();
        var corners = new HashSet<int>();
        foreach (var image in patches.Chunk(grid.Positions * 16))
        {
            var corner = (int)Math.Round(image[0] * 255);
            corners.Add(corner);
            for (var i = 0; i < image.Length; i++)
            {
                var (position, y, x) = (i / 16, i % 16 / 4, i % 4);
                Assert.Equal(corner + 11 * (position / 2 * 4 + y) + position % 2 * 4 + x, image[i] * 255, 0.01);
            }
        }
        Assert.Equal(from y in Enumerable.Range(0, Margin + 1) from x in Enumerable.Range(0, Margin + 1) select 11 * y + x,
            corners.Order());
    }

    [Fact]
    public void A_moved_window_shows_the_image_s_own_surroundings_and_black_beyond()
    {
        const int Reach = 2, Images = 40;
        var grid = new GridGeometry(10, 12, 6, 2);
        float[] pixels = [.. Made.Patches(1, Images * 2 * 10 * 12, 1, seed: 2)[0].Select(v => v + 0.1f)];
        float Pixel(int b, int c, int y, int x) => y is < 0 or >= 10 || x is < 0 or >= 12 ? 0 : pixels[((b * 2 + c) * 10 + y) * 12 + x];
        var patches = Made.Cut(PatchAugmentation.None with { Translation = Reach }, pixels, 2, grid);
        Assert.Equal(Images * grid.Positions, patches.Length);
        var seen = new HashSet<(int, int)>();
        for (var n = 0; n < patches.Length; n++)
        {
            var (b, i, j) = (n / grid.Positions, n / grid.Columns % grid.Rows, n % grid.Columns);
            var moves = from dy in Enumerable.Range(-Reach, 2 * Reach + 1)
                        from dx in Enumerable.Range(-Reach, 2 * Reach + 1)
                        where Enumerable.Range(0, 72).All(k => patches[n][k] == Pixel(b, k / 36, i * 2 + dy + k / 6 % 6, j * 2 + dx
                            + k % 6))
                        select (dy, dx);
            seen.Add(Assert.Single(moves));
        }
        Assert.Equal(25, seen.Count);
    }

    [Fact]
    public void A_mirrored_image_gives_the_patches_of_the_mirrored_image()
    {
        var images = Images(40, 1);
        float[] mirrored = [.. images.Chunk(24).SelectMany(row => row.Reverse())];
        var plain = Made.Cut(PatchAugmentation.None, images, 1, grid);
        var turned = Made.Cut(PatchAugmentation.None, mirrored, 1, grid);
        var flipped = Made.Cut(PatchAugmentation.None with { FlipImage = 0.5 }, images, 1, grid);
        var count = 0;
        for (var image = 0; image < 40; image++)
        {
            var patches = Enumerable.Range(image * grid.Positions, grid.Positions).ToList();
            var same = patches.All(n => Made.Same(flipped[n], plain[n]));
            Assert.True(same || patches.All(n => Made.Same(flipped[n], turned[n])));
            if (!same) count++;
        }
        Assert.InRange(count, 8, 32);
    }

    [Fact]
    public void A_mirrored_patch_keeps_its_place()
    {
        var images = Images(2, 3);
        var plain = Made.Cut(PatchAugmentation.None, images, 3, grid);
        var flipped = Made.Cut(PatchAugmentation.None with { FlipPatch = 1 }, images, 3, grid);
        Assert.All(plain.Zip(flipped), pair => Assert.Equal(pair.First.Chunk(8).SelectMany(row => row.Reverse()), pair.Second));
    }

    [Fact]
    public void The_same_seed_gives_the_same_patches_on_any_number_of_threads()
    {
        var images = Images(200, 3); // enough for two threads
        var one = Made.Cut(everything, images, 3, grid, seed: 7, threads: 1);
        Assert.Equal(one, Made.Cut(everything, images, 3, grid, seed: 7, threads: 3));
        Assert.NotEqual(one, Made.Cut(everything, images, 3, grid, seed: 8, threads: 1));
    }

    [Fact]
    public void A_restored_generator_goes_on_with_the_same_patches()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var images = Tensor.From(Images(2, 3), 2, 3, 20, 24);
        var cutter = new PatchCutter(everything, grid, new(grid.Height, grid.Width, 3));
        var first = cutter.Cut(images, generator).ToArray<float>();
        var state = generator.State;
        var second = cutter.Cut(images, generator).ToArray<float>();
        generator.State = state;
        Assert.Equal(second, cutter.Cut(images, generator).ToArray<float>());
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Switching_a_change_on_leaves_the_draws_of_the_others()
    {
        var images = Images(3, 1);
        var without = Made.Cut(PatchAugmentation.None with { Brightness = 0.4, Translation = 2 }, images, 1, grid);
        var with = Made.Cut(PatchAugmentation.None with { Brightness = 0.4, Translation = 2, Invert = 0.5 }, images, 1, grid);
        Assert.All(without.Zip(with), pair => Assert.True(Made.Same(pair.First, pair.Second)
            || Made.Same([.. pair.First.Select(v => 1 - v)], pair.Second)));
    }

    [Fact]
    public void Changes_of_colour_leave_grey_images_alone()
    {
        var images = Images(3, 1);
        Assert.Equal(Made.Cut(PatchAugmentation.None, images, 1, grid),
            Made.Cut(PatchAugmentation.None with { ColourDrop = 1 }, images, 1, grid));
    }

    [Fact]
    public void Images_of_another_size_or_type_are_refused_with_what_is_needed()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var cutter = new PatchCutter(PatchAugmentation.None, grid, new(grid.Height, grid.Width, 3));
        Assert.Contains("[B, 3, 20, 24], got [1, 1, 20, 24]",
            Assert.Throws<ArgumentException>(() => cutter.Cut(Tensor.Zeros([1, 1, 20, 24]), generator)).Message, StringComparison.Ordinal);
        Assert.Contains("got Int64", Assert.Throws<ArgumentException>(() =>
            cutter.Cut(Tensor.Zeros([1, 3, 20, 24], DType.Int64), generator)).Message, StringComparison.Ordinal);
    }

    private static float[] Images(int count, int channels) => Made.Patches(1, count * channels * 20 * 24, 1, seed: 5)[0];
}
