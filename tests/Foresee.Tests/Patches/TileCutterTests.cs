using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Tests.Patches;

public sealed class TileCutterTests
{
    [Fact]
    public void Tiles_are_pieces_of_the_image_in_order_that_share_no_pixel()
    {
        const int Side = 34, Tile = 8, Gap = 4, Jitter = 2, Count = 50;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        // each pixel its own place
        var places = Tensor.Arange(Side * Side).To(DType.Float32).View(1, 1, Side, Side).Expand(Count, 1, Side, Side);
        var tiles = TileCutter.Cut(places, new(Tile, Gap, Jitter), generator);
        Assert.Equal([Count, 9, 1, Tile, Tile], tiles.Shape);
        var values = tiles.ToArray<float>();
        var (tops, lefts) = (new HashSet<int>(), new HashSet<int>());
        for (var image = 0; image < Count; image++)
        {
            var seen = new HashSet<int>();
            for (var tile = 0; tile < 9; tile++)
            {
                var start = (image * 9 + tile) * Tile * Tile;
                var (top, left) = ((int)values[start] / Side, (int)values[start] % Side);
                var (nominalTop, nominalLeft) = (1 + tile / 3 * (Tile + Gap), 1 + tile % 3 * (Tile + Gap));
                Assert.InRange(top - nominalTop, -Jitter, Jitter);
                Assert.InRange(left - nominalLeft, -Jitter, Jitter);
                (_, _) = (tops.Add(top - nominalTop), lefts.Add(left - nominalLeft));
                for (var i = 0; i < Tile * Tile; i++)
                {
                    Assert.Equal((top + i / Tile) * Side + left + i % Tile, (int)values[start + i]);
                    Assert.True(seen.Add((int)values[start + i]));
                }
            }
        }
        Assert.Equal((5, 5), (tops.Count, lefts.Count)); // all places are drawn
    }

    [Fact]
    public void Standardised_tiles_tell_neither_brightness_nor_contrast()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var tiles = Tensor.RandN([2, 9, 3, 6, 6], generator);
        var same = TileCutter.Standardised(tiles * 3.0 + 5.0);
        Assert.InRange((same - TileCutter.Standardised(tiles)).Abs().Max().ToDouble(), 0, 1e-5);
        Assert.InRange(same.Mean([-2, -1]).Abs().Max().ToDouble(), 0, 1e-5);
        Assert.InRange((same.Square().Mean([-2, -1]) - 1.0).Abs().Max().ToDouble(), 0, 1e-5);
        Assert.Equal(0, TileCutter.Standardised(Tensor.Full([1, 9, 3, 6, 6], 7)).Abs().Max().ToDouble());
    }

    [Fact]
    public void With_one_colour_a_tile_keeps_one_channel_and_the_others_are_faint()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var tiles = TileCutter.Standardised(Tensor.RandN([8, 9, 3, 6, 6], generator));
        var one = TileCutter.WithOneColour(tiles, generator);
        var kept = (one - tiles).Abs().Flatten(3).MaxAlong(3).Equal(0).To(DType.Int64);                     // [8, 9, 3]
        Assert.All(kept.Sum(2).ToArray<long>(), count => Assert.Equal(1, count));
        Assert.All(kept.Sum([0, 1]).ToArray<long>(), count => Assert.InRange(count, 10, 38));               // each about a third of 72
        var deviations = one.Square().Mean([3, 4]).Sqrt().ToArray<float>();
        Assert.Equal(2 * 72, deviations.Count(deviation => deviation is > 0.005f and < 0.02f));
    }
}
