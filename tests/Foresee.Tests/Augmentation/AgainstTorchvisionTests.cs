using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Augmentation;

/// <summary>
/// Every change with a fixed amount, against values that torchvision and PIL computed (tests/fixtures/make_augmentation_fixtures.py).
/// </summary>
public sealed class AgainstTorchvisionTests : IDisposable
{
    private const double Level = 1.0 / 255;
    private const double OtherGrey = 1e-4; // torchvision's shares of grey add up to 0.9999
    private const float Fill = 0.25f;

    private readonly TensorScope scope = TensorScope.Begin();
    private readonly IReadOnlyDictionary<string,
        Tensor> fixtures = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "augmentation.safetensors")).Tensors;

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.3f)]
    [InlineData(1.6f)]
    public void Changes_by_a_factor_are_theirs(float factor)
    {
        Check("brightness", factor, patch => Brightness.Apply(patch, factor));
        Check("pil-brightness", factor, patch => Brightness.Apply(patch, factor), Level);
        Check("contrast", factor, patch => Contrast.Apply(patch, factor), OtherGrey);
        Check("pil-contrast", factor, patch => Contrast.Apply(patch, factor), 2 * Level);
        Check("sharpness", factor, patch => Sharpness.Apply(patch, factor));
        Check("pil-sharpness", factor, patch => Sharpness.Apply(patch, factor), 2 * Level);
        Check("gamma", factor, patch => Gamma.Apply(patch, factor));
    }

    [Theory]
    [InlineData(0.3f)]
    [InlineData(1.6f)]
    public void Saturation_is_theirs(float factor)
    {
        CheckColour("saturation", factor, patch => Saturation.Apply(patch, factor), OtherGrey);
        CheckColour("pil-saturation", factor, patch => Saturation.Apply(patch, factor), 2 * Level);
    }

    [Theory]
    [InlineData(-0.3f)]
    [InlineData(0.05f)]
    [InlineData(0.5f)]
    public void Hue_is_torchvision_s(float turn) => CheckColour("hue", turn, patch => Hue.Apply(patch, turn), 2e-6);

    [Fact]
    public void Grey_is_theirs()
    {
        CheckColour("greyscale", 1, view => Greyscale.Apply(view), OtherGrey);
        CheckColour("pil-greyscale", 1, view => Greyscale.Apply(view), Level);
    }

    [Theory]
    [InlineData(0.4f)]
    [InlineData(0.9f)]
    public void Blur_is_torchvision_s(float deviation) => Check("blur", deviation, patch => Blur.Apply(patch, deviation));

    [Fact]
    public void The_negative_is_theirs()
    {
        Check("invert", 1, view => Invert.Apply(view));
        Check("pil-invert", 1, view => Invert.Apply(view));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(200)]
    public void Solarise_is_PIL_s(int threshold) => Check("pil-solarise", threshold, patch => Solarise.Apply(patch, threshold / 255f));

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    public void Posterise_is_PIL_s(int bits) => Check("pil-posterise", bits, patch => Posterise.Apply(patch, bits));

    [Fact]
    public void Auto_contrast_is_theirs()
    {
        Check("autocontrast", 1, view => AutoContrast.Apply(view));
        Check("pil-autocontrast", 1, view => AutoContrast.Apply(view), Level + 1e-6); // PIL rounds down
    }

    [Fact]
    public void Equalise_is_PIL_s()
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
            Made.Near(Fixture($"{kind} pil-equalise 1"),
                Made.After(Fixture($"{kind} equalise-input 1"), channels, view => Equalise.Apply(view)), 1e-6, kind);
    }

    [Theory]
    [InlineData("rotate 20")]
    [InlineData("rotation 25")]
    [InlineData("shear 1")]
    [InlineData("shift 1")]
    [InlineData("zoom 1.2")]
    [InlineData("chain 1")]
    public void Moves_are_PIL_s_and_compose_into_one_resampling(string name)
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            var patch = Fixture(kind);
            var side = (int)fixtures[kind].Size(-1);
            var warp = new Warp(side, side);
            if (name is "rotate 20" or "chain 1") Rotation.Apply(warp, 20);
            if (name == "rotation 25") Rotation.Apply(warp, 25);
            if (name is "shear 1" or "chain 1") Shear.Apply(warp, 0.25f, -0.1f);
            if (name is "shift 1" or "chain 1") Shift.Apply(warp, 2, -1);
            if (name is "zoom 1.2" or "chain 1") Zoom.Apply(warp, 1.2f);
            if (name == "chain 1") warp.Mirror();
            new Resampler(side, side).Apply(warp, patch, channels, Fill);
            Made.Near(Fixture($"{kind} {name}"), patch, 1e-5, $"{kind} {name}");
        }
    }

    [Fact]
    public void One_resampling_shows_what_one_after_the_other_would()
    {
        var patch = Fixture("smooth");
        var side = (int)fixtures["smooth"].Size(-1);
        var warp = new Warp(side, side);
        Rotation.Apply(warp, 20);
        Shear.Apply(warp, 0.25f, -0.1f);
        Shift.Apply(warp, 6, -5);
        Zoom.Apply(warp, 1.2f);
        new Resampler(side, side).Apply(warp, patch, channels: 1, Fill);
        var steps = Fixture("smooth steps");
        for (var y = 16; y < 32; y++) // the corners were filled at different steps
            // any other order is off by more
            Made.Near(steps[(y * side + 16)..(y * side + 32)], patch[(y * side + 16)..(y * side + 32)], 1e-2, $"row {y}");
    }

    [Fact]
    public void Sample_pairing_is_theirs()
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            Compare(kind, channels, "pairing", 0.3f, patch => SamplePairing.Apply(patch, Fixture($"{kind} pairing-other 1"), 0.3f), 2e-6);
            // PIL rounds down
            Compare(kind, channels, "pil-pairing", 0.3f, patch =>
                SamplePairing.Apply(patch, Fixture($"{kind} pairing-other 1"), 0.3f), Level + 1e-6);
        }
    }

    [Theory]
    [InlineData("inside", 2.5f, 4.5f, 6.5f)]
    [InlineData("corner", 1.5f, 10.5f, 0.5f)] // a pixel of it lies above the patch
    public void Cutout_is_torchvision_s_erase(string name, float half, float across, float down)
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
            Made.Near(Fixture($"{kind} cutout {name}"),
                Made.After(Fixture(kind), channels, patch => Cutout.Apply(patch, half, half, across, down), fill: Fill), 0, kind);
    }

    [Theory]
    [InlineData(-40)]
    [InlineData(90)]
    public void Lightness_is_PIL_s_sum(int levels) => Check("pil-lightness", levels, patch => Lightness.Apply(patch, levels / 255f));

    [Fact]
    public void A_mirrored_patch_is_torchvision_s()
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            var side = (int)fixtures[kind].Size(-1);
            var mirrored = Made.Cut(PatchAugmentation.None with { FlipPatch = 1 }, Fixture(kind), channels,
                new GridGeometry(side, side, side, side));
            Assert.Equal(Fixture($"{kind} hflip 1"), Assert.Single(mirrored));
        }
    }

    /// <summary>
    /// torchvision draws other fields (blurred noise), so it was given this kind of field; it mixes fill into the half pixel on either side
    /// of the patch's edge.
    /// </summary>
    [Fact]
    public void An_elastic_deformation_is_torchvision_s_by_the_same_field()
    {
        var (points, field) = (Fixture("elastic points").Chunk(7 * 7).ToArray(), Fixture("elastic field").Chunk(12 * 12).ToArray());
        const int Side = 12;
        var warp = new Warp(Side, Side);
        new Elastic(Cells: 4).Spread(points[0], warp.Across, Side);
        new Elastic(Cells: 4).Spread(points[1], warp.Down, Side);
        warp.Displace();
        Made.Near(field[0], warp.Across.ToArray(), 1e-5, "across");
        Made.Near(field[1], warp.Down.ToArray(), 1e-5, "down");
        int[] compared = [.. Enumerable.Range(0, Side * Side)
            .Where(i => !AtEdge(i % Side + field[0][i]) && !AtEdge(i / Side + field[1][i]))];
        Assert.InRange(compared.Length, Side * Side * 2 / 3, Side * Side - 1);
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            var patch = Fixture(kind);
            new Resampler(Side, Side).Apply(warp, patch, channels, Fill);
            var (expected, filled) = (Fixture($"{kind} elastic 1"), 0);
            for (var c = 0; c < channels; c++)
                foreach (var i in compared.Select(i => c * Side * Side + i))
                {
                    Assert.Equal(expected[i], patch[i], 1e-5);
                    if (patch[i] == Fill) filled++;
                }
            Assert.InRange(filled, channels, compared.Length); // some points lie outside
        }

        static bool AtEdge(double pixel) => Math.Abs(pixel + 0.5) < 0.5 || Math.Abs(pixel + 0.5 - Side) < 0.5;
    }

    private void Check(string name, float amount, Made.Change change, double tolerance = 2e-6)
    {
        Compare("rgb", 3, name, amount, change, tolerance);
        Compare("grey", 1, name, amount, change, tolerance);
    }

    private void CheckColour(string name, float amount, Made.Change change, double tolerance) =>
        Compare("rgb", 3, name, amount, change, tolerance);

    private void Compare(string kind, int channels, string name, float amount, Made.Change change, double tolerance) =>
        Made.Near(Fixture($"{kind} {name} {amount}"), Made.After(Fixture(kind), channels, change, ValueRange.Unit), tolerance,
            $"{kind} {name}");

    private float[] Fixture(string name) => fixtures[name].ToArray<float>();
}
