using Foresee.Augmentation;
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
    public void A_translation_is_one_of_the_allowed_shifts_with_a_repeated_border()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var before = Patches(generator);
        var after = Split(new Translation(2).Apply(before, generator));
        var original = Split(before);
        var seen = new HashSet<(int, int)>();
        for (var i = 0; i < Count; i++)
        {
            var shifts = from dy in Enumerable.Range(-2, 5)
                         from dx in Enumerable.Range(-2, 5)
                         where Same(after[i], (c, y, x) => At(original[i], c, Math.Clamp(y + dy, 0, Side - 1), Math.Clamp(x + dx, 0, Side - 1)))
                         select (dy, dx);
            seen.Add(Assert.Single(shifts));
        }
        Assert.Equal(25, seen.Count);
    }

    [Fact]
    public void Brightness_multiplies_a_patch_by_one_factor_within_the_strength()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var before = Patches(generator) * 0.5;  // far from the clamp
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
        var before = Patches(generator) * 0.4 + 0.3;
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
            return new PatchAugmentation { ColourDrop = 0.5 }.Apply(Patches(generator), generator).ToArray<float>();
        }
        Assert.Equal(Run(), Run());
    }

    [Fact]
    public void Values_stay_between_0_and_1()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(8);
        var after = new PatchAugmentation { Brightness = 1, Contrast = 1 }.Apply(Patches(generator), generator);
        Assert.InRange(after.Min().ToDouble(), 0, 1);
        Assert.InRange(after.Max().ToDouble(), 0, 1);
    }
}
