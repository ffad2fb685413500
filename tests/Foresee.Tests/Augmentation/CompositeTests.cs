using System.Numerics;
using Foresee.Augmentation;
using Foresee.Patches;

namespace Foresee.Tests.Augmentation;

/// <summary>Changes made of changes, and the published whole.</summary>
public sealed class CompositeTests
{
    private const int Count = 2000, Side = 6;

    /// <summary>Adds a power of ten, so that the sum tells which changes there were.</summary>
    private sealed record Mark(float Amount) : ITransform
    {
        public bool Suits(int channels) => Amount < 1000 || channels == 3;

        public void Move(Warp warp, ref ViewRandom random) => warp.Compose(Matrix3x2.CreateTranslation(Amount, 0));

        public void Change(in ViewPixels view, ref ViewRandom random) => view.Values[0] += Amount;
    }

    [Fact]
    public void Some_of_a_list_are_different_and_equally_likely()
    {
        var patches = Enumerable.Range(0, Count).Select(_ => new float[Side * Side]).ToArray();
        var sums = Made.After(patches, 1, new SomeOf(2, new Mark(1), new Mark(10), new Mark(100))).CountBy(patch => patch[0])
            .ToDictionary();
        Assert.Equal([11f, 101f, 110f], sums.Keys.Order());
        Assert.All(sums.Values, count => Assert.InRange(count, 560, 770));
    }

    [Fact]
    public void What_moves_and_what_is_changed_are_the_same_draw()
    {
        foreach (var change in new ITransform[] { new SomeOf(1, new Mark(1), new Mark(10)), new Sometimes(0.5, new Mark(1)) })
            for (var i = 0; i < 100; i++)
            {
                var warp = new Warp(Side, Side);
                ViewRandom moving = new(1, i, 0), changing = new(1, i, 0);
                change.Move(warp, ref moving);
                var after = Made.After(new float[Side * Side], 1, patch => change.Change(patch, ref changing));
                Assert.Equal(warp.Map.M31, after[0]);
            }
    }

    [Fact]
    public void Sometimes_is_all_of_its_changes_or_none()
    {
        var patches = Enumerable.Range(0, Count).Select(_ => new float[Side * Side]).ToArray();
        var sums = Made.After(patches, 1, new Sometimes(0.2, new Mark(1), new Mark(10))).CountBy(patch => patch[0]).ToDictionary();
        Assert.Equal([0f, 11f], sums.Keys.Order());
        Assert.InRange(sums[11], 330, 470);
    }

    [Fact]
    public void Parts_without_meaning_are_left_out_and_named()
    {
        var names = new List<string>();
        var left = Assert.IsType<SomeOf>(new SomeOf(2, new Mark(1), new Mark(1000)).For(1, names));
        Assert.Equal([new Mark(1)], left.Changes);
        Assert.Equal(1, left.Count);
        Assert.Equal(["Mark"], names);
        Assert.Null(new Sometimes(1, new Mark(1000)).For(1, names));
    }

    [Fact]
    public void The_published_augmentation_names_what_grey_images_have_no_use_for()
    {
        Assert.Equal(["Saturation", "Hue", "Greyscale", "ColourDrop"], PatchAugmentation.Published.WithoutMeaning(1));
        Assert.Equal(["Saturation", "Hue"], PatchAugmentation.Published.WithoutMeaning(5));
        Assert.Empty(PatchAugmentation.Published.WithoutMeaning(3));
    }

    /// <summary>Cubuk et al. 2018, table 6; pixels as shares of the paper's images of 331.</summary>
    [Fact]
    public void The_primitives_are_AutoAugments_sixteen_with_its_ranges() => Assert.Equal(
    [
        new Shear(0.3, 0), new Shear(0, 0.3), new Shift(150 / 331.0, 0), new Shift(0, 150 / 331.0), new Rotation(30), new AutoContrast(),
            new Invert(1), new Equalise(), new Solarise(), new Posterise(4),
        new Contrast(0.9), new Saturation(0.9), new Brightness(0.9), new Sharpness(0.9), new Cutout(60 / 331.0), new SamplePairing(0.4),
    ], AutoAugment.Primitives);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void The_published_augmentation_changes_patches_of_any_channels_and_stays_in_range(int channels)
    {
        var grid = new GridGeometry(26, 26, 8, 6);
        var images = Made.Patches(1, 40 * channels * 26 * 26, 1, seed: channels)[0];
        var plain = Made.Cut(PatchAugmentation.None, images, channels, grid);
        var changed = Made.Cut(PatchAugmentation.Published, images, channels, grid);
        Assert.Equal(plain.Length, changed.Length);
        Assert.All(changed, patch => Assert.All(patch, v => Assert.InRange(v, 0, 1)));
        Assert.InRange(plain.Zip(changed).Count(pair => Made.Same(pair.First, pair.Second)), 0, plain.Length / 20);
        if (channels > 1) Assert.All(changed, patch => Assert.True(Made.Same(patch[..64], patch[64..128])));
    }

    [Fact]
    public void Sample_pairing_mixes_in_a_patch_of_another_image()
    {
        var grid = new GridGeometry(14, 14, 8, 6);
        var images = Made.Patches(1, 5 * 14 * 14, 1, seed: 4)[0];
        var plain = Made.Cut(PatchAugmentation.None, images, 1, grid);
        var partners = new HashSet<(int, int)>();
        for (var seed = 1; seed < 40; seed++)
        {
            var paired = Cut(new SamplePairing(0.4), images, (ulong)seed);
            for (var n = 0; n < paired.Length; n++)
            {
                var found = Enumerable.Range(0, plain.Length).Where(other => other / 4 != n / 4)
                    .Where(other => Share(plain[n], plain[other], paired[n]) is >= 0 and <= 0.4).ToList();
                partners.Add((n / 4, Assert.Single(found)));
            }
        }
        Assert.Equal(5 * 16, partners.Count); // every patch of every other image comes up
        Assert.Equal(Cut(new SamplePairing(0.4), images[..(14 * 14)], 1), plain[..4]);

        float[][] Cut(ITransform change, float[] pixels, ulong seed) =>
            [.. Enumerable.Range(0, pixels.Length / 196 * 4).Select(n =>
            {
                var values = (float[])plain[n].Clone();
                var random = new ViewRandom(seed, n, 0);
                var others = new OtherViews(new([], pixels, 1, 14, 14), new(n / 4, grid.WindowOf(n % 4)),
                    [.. Enumerable.Range(0, 4).Select(grid.WindowOf)], new(new(8, 8, 1)));
                change.Change(new(values, new float[64], 1, 8, 8, ValueRange.Open, 0, others), ref random);
                return values;
            })];

        static double Share(float[] own, float[] other, float[] mixed)
        {
            var shares = own.Zip(other, (a, b) => b - a).Zip(own.Zip(mixed, (a, m) => m - a), (whole, part) => (whole, part))
                .Where(p => Math.Abs(p.whole) > 0.05).Select(p => p.part / p.whole).ToList();
            return shares.Max() - shares.Min() < 1e-4 ? shares.Average() : -1;
        }
    }

    [Fact]
    public void Histogram_curves_rise_and_follow_their_heights()
    {
        float[] ramp = [.. Enumerable.Range(0, 101).Select(i => i / 100f), .. new float[20]]; // 11 x 11
        float[] heights = [0.1f, 0.2f, 0.8f, 0.95f];
        var after = Made.After(ramp, 1, patch => ColourHistogram.Apply(patch, 0, heights));
        for (var i = 0; i <= 100; i++)
        {
            var v = i / 100.0;
            var expected = Math.Pow(1 - v, 3) * 0.1 + 3 * v * Math.Pow(1 - v, 2) * 0.2 + 3 * v * v * (1 - v) * 0.8 + v * v * v * 0.95;
            Assert.Equal(expected, after[i], 1e-5);
        }
        var curves = Made.After([.. Enumerable.Repeat(ramp, 200)], 1, new ColourHistogram());
        Assert.All(curves, curve => Assert.All(Enumerable.Range(1, 100), i => Assert.True(curve[i] >= curve[i - 1] - 1e-6)));
        Assert.True(curves.Select(curve => curve[50]).Max() - curves.Select(curve => curve[50]).Min() > 0.15);
    }

    [Fact]
    public void Grey_of_other_than_three_channels_is_their_mean() =>
        Made.Near([0.5f, 0.5f, 0.5f, 0.5f], Made.After([0.2f, 0.4f, 0.6f, 0.8f], 4, view => Greyscale.Apply(view)), 1e-6);
}
