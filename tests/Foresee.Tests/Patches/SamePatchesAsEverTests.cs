using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Patches;

/// <summary>
/// Patches of a seed stay what they were to the last bit, so that a run can be repeated: hashes of what commit 7babc7f made, before whole
/// images came to the same engine. They are of processors with eight numbers in a vector and a fused multiplication and addition.
/// </summary>
public sealed class SamePatchesAsEverTests
{
    private static readonly PatchAugmentation everything = new()
    {
        Translation = 2,
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
        Trim = 4.0 / 64,
    };

    private static readonly Dictionary<string, PatchAugmentation> augmentations = new()
    {
        ["default"] = new(),
        ["published"] = PatchAugmentation.Published,
        ["everything"] = everything,
        ["everything, clamped"] = everything with { Range = ValueRange.Unit, Fill = 0.25, Dropped = DroppedChannels.Black },
        ["moves"] = PatchAugmentation.None with { FlipImage = 0.5, Translation = 1, Rotation = 15, Zoom = 0.2, Shift = 0.1 },
        ["trim"] = PatchAugmentation.None with { FlipImage = 0.5, Trim = 4.0 / 64, ColourDrop = 0.25, Brightness = 0.4 },
    };

    [EightLanesTheory]
    [InlineData("default", 1, 20, 24, 8, 4, true, "34052ec60970fd96")]
    [InlineData("default", 3, 40, 40, 13, 7, false, "1bd909c971a91b8d")]
    [InlineData("default", 3, 64, 64, 16, 8, true, "18e86c8d8dab41a7")]
    [InlineData("default", 5, 64, 64, 16, 8, true, "f2499932d168f766")]
    [InlineData("published", 1, 20, 24, 8, 4, false, "aee1ae185979ac40")]
    [InlineData("published", 3, 40, 40, 13, 7, true, "2ce68bb5532bfe1a")]
    [InlineData("published", 3, 64, 64, 16, 8, false, "a58ff14052090d1a")]
    [InlineData("published", 5, 64, 64, 16, 8, false, "f88ef8a3a77f81e5")]
    [InlineData("everything", 1, 20, 24, 8, 4, true, "c434d428269e6614")]
    [InlineData("everything", 3, 40, 40, 13, 7, false, "6703fb76d2a35296")]
    [InlineData("everything", 3, 64, 64, 16, 8, true, "22330c3fd513336f")]
    [InlineData("everything", 5, 64, 64, 16, 8, true, "5f863e65f092d5f0")]
    [InlineData("everything, clamped", 1, 20, 24, 8, 4, false, "4a35b8e389d4c7d9")]
    [InlineData("everything, clamped", 3, 40, 40, 13, 7, true, "085075f94fb6c8f8")]
    [InlineData("everything, clamped", 3, 64, 64, 16, 8, false, "fcab9a5803802985")]
    [InlineData("everything, clamped", 5, 64, 64, 16, 8, false, "4575910dc4312e72")]
    [InlineData("moves", 1, 20, 24, 8, 4, true, "32d105f1f9967f04")]
    [InlineData("moves", 3, 40, 40, 13, 7, false, "706301685f6499c3")]
    [InlineData("moves", 3, 64, 64, 16, 8, true, "256cfe395f76b733")]
    [InlineData("moves", 5, 64, 64, 16, 8, true, "c8e31fedd120f028")]
    [InlineData("trim", 1, 20, 24, 8, 4, false, "daacc8f37f2c2296")]
    [InlineData("trim", 3, 40, 40, 13, 7, true, "15197c8a374b3644")]
    [InlineData("trim", 3, 64, 64, 16, 8, false, "1977002853de3421")]
    [InlineData("trim", 5, 64, 64, 16, 8, false, "85f727796fff3f22")]
    public void Patches_are_the_same_to_the_last_bit(string name, int channels, int height, int width, int patch, int stride, bool bytes,
        string hash)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        var (augmentation, grid) = (augmentations[name], new GridGeometry(height, width, patch, stride));
        var margin = name == "published" ? 6 : name.StartsWith("everything", StringComparison.Ordinal) ? 3 : 0;
        var pixels = Tensor.RandInt(0, 256, [5, channels, height + margin, width + margin], generator).To(DType.UInt8);
        double[] mean = [.. Enumerable.Range(0, channels).Select(c => 0.4 + 0.05 * c)],
            std = [.. Enumerable.Range(0, channels).Select(c => 0.2 + 0.01 * c)];
        var cutter = new PatchCutter(augmentation, grid, new(height, width, channels) { Margin = margin, Mean = mean, Std = std });
        var patches = cutter.Cut(bytes ? pixels : pixels.To(DType.Float32) / 255, generator, threads: 2);
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(patches.Data<float>())))[..16]);
    }

    private sealed class EightLanesTheoryAttribute : TheoryAttribute
    {
        public EightLanesTheoryAttribute()
        {
            if (Vector<float>.Count != 8 || !Fma.IsSupported) Skip = "The hashes are of processors with vectors of eight numbers.";
        }
    }
}
