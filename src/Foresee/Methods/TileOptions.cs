using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;

namespace Foresee.Methods;

/// <summary>What the settings of the methods have in common that ask how the tiles of an image lie.</summary>
/// <param name="Encoder">Of single tiles in learning, of whole images afterwards.</param>
public abstract record TileOptions(ConvEncoderOptions Encoder) : UprightOptions(Encoder)
{
    /// <summary>How images are cut.</summary>
    public abstract TileLayout Tiles { get; init; }

    /// <summary>
    /// Whether each tile keeps one channel only, against what lenses do to colour; see <see cref="TileCutter.WithOneColour"/>.
    /// </summary>
    public virtual bool OneColour { get; init; }

    /// <summary>Of the hidden layers that see several tiles at once.</summary>
    public int HeadWidth { get; init; } = 4096;

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        Tiles.Validate(input.Height, input.Width, faults);
        if (HeadWidth < 1) faults.Add($"the head needs a width of at least 1, got {HeadWidth}");
    }

    /// <summary>Tiles of the images as they are, then those that the network sees, around grey.</summary>
    public override IReadOnlyList<Tensor> Examples(ImageBatch batch, InputFormat input, Generator generator)
    {
        const double Grey = 0.5, Contrast = 0.25;
        var seen = base.Examples(batch, input, generator).Select(view => view.Flatten(0, 2)).ToList();       // each [B, C, h, w]
        return [.. new[] { TileCutter.Cut(seen[0], Tiles, generator), Cut(seen[1], generator) * Contrast + Grey }
            .Select(tiles => tiles.View(batch.Count, TileLayout.Side, TileLayout.Side, input.Channels, Tiles.Tile, Tiles.Tile))];
    }

    /// <param name="views">[B, C, h, w] on the CPU</param>
    /// <returns>[B, 9, C, t, t]</returns>
    internal Tensor Cut(Tensor views, Generator generator)
    {
        var tiles = TileCutter.Standardised(TileCutter.Cut(views, Tiles, generator));
        return OneColour ? TileCutter.WithOneColour(tiles, generator) : tiles;
    }

    /// <summary>Mirrored at times, mostly grey: colour gives less away and is still learnt (Kolesnikov et al. 2019).</summary>
    protected static ImageAugmentation MostlyGrey { get; } = new() { HorizontalFlip = 0.5, Greyscale = 0.66 };
}
