using Foresee.Images;
using Foresee.Images.Decoding;

namespace Foresee.Studies.Adaptation;

/// <summary>The form in which a small network reads the images of two places.</summary>
public static class PixelInput
{
    private const int Looked = 200;     // images of each place
    private const int Largest = 64;     // pixels: more cost more than so small a network learns from them

    /// <summary>The shorter side of their images, at most 64 px; colour where one of both has colour.</summary>
    /// <exception cref="ImageDataException">Their channels can't be brought together.</exception>
    public static InputFormat Of(IImageSource source, IImageSource target)
    {
        var (from, to) = (Look(source), Look(target));
        if (from.Channels != to.Channels && Math.Max(from.Channels, to.Channels) > 3)
            throw new ImageDataException($"{source.Name} has images of {from.Channels} channels and {target.Name} of {to.Channels}; only grey "
                + "and colour can be brought together.");
        var side = Math.Min(Math.Min(from.Side, to.Side), Largest);
        return new(side, side, Math.Max(from.Channels, to.Channels)) { Small = SmallImages.Enlarge };
    }

    private static (int Side, int Channels) Look(IImageSource images)
    {
        var headers = new List<PictureHeader>();
        foreach (var index in EvenSample.Of(images.Count, Looked))
        {
            try
            {
                headers.Add(images.Look(index));
            }
            catch (UnreadableImageException)
            {
                continue; // whoever reads them all names and counts it
            }
        }
        if (headers.Count == 0)
            throw new ImageDataException($"None of {Math.Min(Looked, images.Count)} images of {images.Name} that were tried can be read.");
        int[] sides = [.. headers.Select(header => Math.Min(header.Width, header.Height)).Order()];
        return (sides[sides.Length / 2], headers.Max(header => header.HasAlpha ? header.Channels - 1 : header.Channels));
    }
}
