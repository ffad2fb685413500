using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Augmentation;

public sealed class PatchAugmentationTests
{
    private const int Count = 200, Channels = 3, Side = 8;

    private static Tensor Patches(Generator generator) => Tensor.Rand([Count, Channels, Side, Side], generator);

    private static float[][] Split(Tensor patches) => [.. patches.ToArray<float>().Chunk(Channels * Side * Side)];

    private static float At(float[] patch, int c, int y, int x) => patch[(c * Side + y) * Side + x];

    private static bool Same(float[] patch, Func<int, int, int, float> expected, float tolerance = 1e-6f) =>
        Enumerable.Range(0, Channels).All(c => Enumerable.Range(0, Side).All(y => Enumerable.Range(0, Side).All(x =>
            Math.Abs(At(patch, c, y, x) - expected(c, y, x)) <= tolerance)));

    [Fact]
    public void A_flip_mirrors_about_half_of_the_patches_and_leaves_the_rest()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var before = Patches(generator);
        var after = Split(new HorizontalFlip(0.5).Apply(before, generator));
        var original = Split(before);
        var mirrored = Enumerable.Range(0, Count).Count(i => Same(after[i], (c, y, x) => At(original[i], c, y, Side - 1 - x)));
        var kept = Enumerable.Range(0, Count).Count(i => Same(after[i], (c, y, x) => At(original[i], c, y, x)));
        Assert.Equal(Count, mirrored + kept);
        Assert.InRange(mirrored, 70, 130); // 4 standard deviations
    }

    [Fact]
    public void Lightness_adds_one_value_within_the_strength_to_a_patch()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var before = Patches(generator);
        var after = Split(new Lightness(0.3).Apply(before, generator));
        var original = Split(before);
        var added = Enumerable.Range(0, Count).Select(i =>
        {
            var value = after[i][0] - original[i][0];
            Assert.True(Same(after[i], (c, y, x) => At(original[i], c, y, x) + value, 1e-5f));
            return value;
        }).ToList();
        Assert.InRange(added.Min(), -0.3, -0.25);
        Assert.InRange(added.Max(), 0.25, 0.3);
    }

    [Fact]
    public void Brightness_multiplies_a_patch_by_one_factor_within_the_strength()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var before = Patches(generator);
        var after = Split(new Brightness(0.4).Apply(before, generator));
        var original = Split(before);
        var factors = Enumerable.Range(0, Count).Select(i =>
        {
            var factor = after[i].Sum() / original[i].Sum();
            Assert.True(Same(after[i], (c, y, x) => At(original[i], c, y, x) * factor, 1e-5f));
            return factor;
        }).ToList();
        Assert.InRange(factors.Min(), 0.6, 0.65);
        Assert.InRange(factors.Max(), 1.35, 1.4001);
    }

    [Fact]
    public void Contrast_scales_the_distance_from_the_mean_grey()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var before = Patches(generator);
        var after = Split(new Contrast(0.4).Apply(before, generator));
        var original = Split(before);
        for (var i = 0; i < Count; i++)
        {
            var patch = original[i];
            var mean = Enumerable.Range(0, Side * Side).Average(k => 0.299 * patch[k] + 0.587 * patch[Side * Side + k] + 0.114 * patch[2 * Side * Side + k]);
            var factor = (after[i][0] - mean) / (patch[0] - mean);
            Assert.InRange(factor, 0.55, 1.45);
            Assert.True(Same(after[i], (c, y, x) => (float)(mean + (At(patch, c, y, x) - mean) * factor), 1e-3f));
        }
    }

    [Fact]
    public void Colour_drop_keeps_one_channel_and_every_channel_at_times()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        var before = Patches(generator);
        var after = Split(new ColourDrop(1).Apply(before, generator));
        var original = Split(before);
        var kept = Enumerable.Range(0, Count).Select(i =>
            Enumerable.Range(0, Channels).Single(k => Same(after[i], (_, y, x) => At(original[i], k, y, x))));
        Assert.Equal([0, 1, 2], kept.Distinct().Order());
    }

    [Fact]
    public void Colour_drop_leaves_grey_patches_alone()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        var grey = Tensor.Rand([10, 1, Side, Side], generator);
        Assert.Equal(grey.ToArray<float>(), new ColourDrop(1).Apply(grey, generator).ToArray<float>());
    }

    [Fact]
    public void The_same_seed_gives_the_same_patches()
    {
        using var scope = TensorScope.Begin();
        float[] Run()
        {
            using var generator = new Generator(7);
            var images = Tensor.Rand([4, Channels, 20, 20], generator);
            return new PatchAugmentation { ColourDrop = 0.5, FlipPatch = 0.5, Lightness = 0.2 }.Patches(images, new(20, 20, Side, 4), generator).ToArray<float>();
        }
        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void Without_any_change_the_patches_are_those_of_the_grid()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(8);
        var images = Tensor.Rand([3, Channels, 20, 20], generator);
        GridGeometry grid = new(20, 20, Side, 4);
        Assert.Equal(PatchGrid.Extract(images, grid).ToArray<float>(), PatchAugmentation.None.Patches(images, grid, generator).ToArray<float>());
    }
}
