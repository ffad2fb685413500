using Foresee.Augmentation;
using Foresee.Torch;

namespace Foresee.Patches;

/// <summary>Cuts images into the tiles of a <see cref="TileLayout"/>.</summary>
public static class TileCutter
{
    private const double LeastDeviation = 1e-3; // of a tile that is all one colour

    /// <param name="images">[B, C, height, width] Float32 on the CPU</param>
    /// <param name="generator">One number of it places all tiles.</param>
    /// <returns>[B, 9, C, tile, tile], row by row</returns>
    public static Tensor Cut(Tensor images, TileLayout layout, Generator generator)
    {
        images = images.Contiguous();
        var (count, channels, height, width) = ((int)images.Size(0), (int)images.Size(1), (int)images.Size(2), (int)images.Size(3));
        var faults = new List<string>();
        layout.Validate(height, width, faults);
        if (faults.Count > 0) throw new ArgumentException($"Tiles: {string.Join("; ", faults)}.");
        var (seed, side) = (ViewRandom.SeedFrom(generator), layout.Tile);
        var tiles = Tensor.Empty([count, TileLayout.Count, channels, side, side]);
        var from = images.Data<float>();
        var to = tiles.Data<float>();
        for (var tile = 0; tile < count * TileLayout.Count; tile++)
        {
            var random = new ViewRandom(seed, tile, 0);
            var (image, place) = (tile / TileLayout.Count, tile % TileLayout.Count);
            var top = Draw(ref random, layout.Places(height, place / TileLayout.Side));
            var left = Draw(ref random, layout.Places(width, place % TileLayout.Side));
            for (var row = 0; row < channels * side; row++)
            {
                var (channel, y) = (row / side, row % side);
                from.Slice(((image * channels + channel) * height + top + y) * width + left, side)
                    .CopyTo(to[((tile * channels * side + row) * side)..]);
            }
        }
        return tiles;
    }

    /// <summary>Each channel of each tile with mean 0 and deviation 1, so that brightness and contrast don't tell how tiles lie.</summary>
    /// <param name="tiles">[.., C, tile, tile]</param>
    public static Tensor Standardised(Tensor tiles)
    {
        var centred = tiles - tiles.Mean([-2, -1], keep: true);
        return centred / centred.Square().Mean([-2, -1], keep: true).Sqrt().Clamp(low: LeastDeviation);
    }

    /// <summary>
    /// Keeps one channel of each tile, chosen at random, and puts faint noise in place of the others: lenses shift colours against each
    /// other by where in the image they are, which would give the place away (Doersch et al. 2015, section 3.1).
    /// </summary>
    /// <param name="tiles">[B, 9, C, tile, tile], <see cref="Standardised"/></param>
    public static Tensor WithOneColour(Tensor tiles, Generator generator)
    {
        const double Faint = 0.01; // deviation of the noise, of that of the channel kept
        var channels = tiles.Size(2);
        if (channels == 1) return tiles;
        var kept = Tensor.RandInt(0, channels, [tiles.Size(0), tiles.Size(1), 1], generator).Equal(Tensor.Arange(channels));
        var noise = Tensor.RandN(tiles.Shape, generator) * Faint;
        return Tensor.Where(kept.Unsqueeze(-1).Unsqueeze(-1), tiles, noise);
    }

    private static int Draw(ref ViewRandom random, (int First, int Last) places) =>
        places.First + random.Below(places.Last - places.First + 1);
}
