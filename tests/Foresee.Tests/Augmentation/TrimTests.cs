using Foresee.Augmentation;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Augmentation;

public sealed class TrimTests
{
    [Theory]
    [InlineData(64, 60)]
    [InlineData(8, 7)]
    public void A_window_of_the_patch_stands_in_the_middle_and_has_been_at_every_place(int side, int window)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        // row and column of each pixel
        var image = (Tensor.Arange(side).To(DType.Float32).Reshape(side, 1) + Tensor.Arange(side).To(DType.Float32) / 1000) / side;
        var trimmed = PatchAugmentation.None with { Trim = 4.0 / 64 };
        var images = image.Reshape(1, 1, side, side).Expand(200, 1, side, side).Contiguous();
        var values = new PatchCutter(trimmed, new GridGeometry(side, side, side, side), new(side, side, 1)).Cut(images, generator)
            .ToArray<float>();
        var source = image.ToArray<float>();
        var (lost, edge) = (side - window, (side - window) / 2);
        var places = new HashSet<(int, int)>();
        for (var patch = 0; patch < 200; patch++)
        {
            var found = values.AsSpan(patch * side * side, side * side).ToArray();
            var place = Array.IndexOf(source, source.MinBy(v => Math.Abs(v - found[edge * side + edge])));
            var (top, left) = (place / side, place % side);
            places.Add((top, left));
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                {
                    var inside = y >= edge && y < edge + window && x >= edge && x < edge + window;
                    Assert.Equal(inside ? source[(top + y - edge) * side + left + x - edge] : 0.5f, found[y * side + x], 1e-5f);
                }
        }
        Assert.Equal((lost + 1) * (lost + 1), places.Count);
        Assert.All(places, place => Assert.InRange(Math.Max(place.Item1, place.Item2), 0, lost));
    }
}
