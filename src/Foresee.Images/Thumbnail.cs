using Foresee.Images.Decoding;
using NetVips;

namespace Foresee.Images;

/// <summary>Small pictures to look at: for reports and pages, not for networks.</summary>
public static class Thumbnail
{
    private const int Quality = 82;

    /// <summary>
    /// As JPEG, its longer side at most <paramref name="side"/> pixels, never enlarged. Alpha is laid on white; of other than 1 or 3
    /// channels the first three are shown, of two the first.
    /// </summary>
    public static byte[] Jpeg(Image image, int side = 96)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        return Vips.Run(() =>
        {
            using var whole = NetVips.Image.NewFromMemory(image.Pixels, image.Width, image.Height, image.Channels, Enums.BandFormat.Uchar);
            using var flat = image.HasAlpha ? whole.Flatten(background: [255]) : whole.Copy();
            using var shown = flat.Bands is 1 or 3 ? flat.Copy() : flat.ExtractBand(0, n: flat.Bands < 3 ? 1 : 3);
            using var coloured = shown.Copy(interpretation: shown.Bands == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
            var scale = (double)side / Math.Max(image.Width, image.Height);
            using var small = scale < 1 ? coloured.Resize(scale) : coloured.Copy();
            return small.JpegsaveBuffer(q: Quality, keep: Enums.ForeignKeep.None);
        });
    }
}
