using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Augmentation;

/// <summary>Patches for these tests, and ways to change and look at them.</summary>
internal static class Made
{
    public delegate void Change(ViewPixels view);

    /// <summary>Uniform values in 0..1, [count][C·p·p].</summary>
    public static float[][] Patches(int count, int channels, int side, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
            Enumerable.Range(0, channels * side * side).Select(_ => random.NextSingle()).ToArray())];
    }

    /// <summary>A copy of one patch after a change.</summary>
    public static float[] After(float[] patch, int channels, Change change, ValueRange range = ValueRange.Open, float fill = 0.5f)
    {
        float[] values = [.. patch];
        change(new(values, new float[values.Length], channels, Side(values, channels), Side(values, channels), range, fill));
        return values;
    }

    private static int Side(float[] patch, int channels) => (int)Math.Sqrt(patch.Length / channels);

    /// <summary>Copies of patches after a random change, drawn as in a batch.</summary>
    public static float[][] After(float[][] patches, int channels, ITransform change, ulong seed = 1) =>
        [.. patches.Select((patch, i) => After(patch, channels, pixels =>
        {
            var random = new ViewRandom(seed, i, 0);
            change.Change(pixels, ref random);
        }))];

    /// <summary>All patches that a batch of images becomes.</summary>
    public static float[][] Cut(PatchAugmentation augmentation, float[] images, int channels, GridGeometry grid, ulong seed = 1,
        int threads = 1)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        var patches = new PatchCutter(augmentation, grid, new(grid.Height, grid.Width, channels))
            .Cut(Tensor.From(images, images.Length / (channels * grid.Height * grid.Width), channels, grid.Height, grid.Width), generator,
            threads);
        return [.. patches.ToArray<float>().Chunk(channels * grid.Patch * grid.Patch)];
    }

    public static void Near(float[] expected, float[] actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what}[{i}]: expected {expected[i]}, got {actual[i]}");
    }

    public static bool Same(float[] a, float[] b, double tolerance = 1e-6) =>
        a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= tolerance);
}
