using Foresee.Images;
using Foresee.Inference.Suggesting;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>Small pictures for a contact sheet.</summary>
/// <param name="input">As the encoder reads them.</param>
internal sealed class ContactPictures(SuggestionImages images, InputFormat input)
{
    /// <summary>So many suggestions are shown; a page of thousands opens slowly.</summary>
    public const int Most = 500;
    private const int Side = 128, NearSide = 64, Quality = 85;

    public SuggestedPicture Of(SuggestedImage image, Suggestion suggestion) =>
        new(image, Jpeg(suggestion.Row, Side), suggestion.Nearest is { } near ? Jpeg(near, NearSide) : default);

    /// <summary>Of other than grey and colour images the first three channels, or the first.</summary>
    private byte[] Jpeg(int row, int side)
    {
        var fit = input with { Height = side, Width = side, Margin = 0, Small = SmallImages.Enlarge };
        var image = images.Read(row, fit);
        return ImageFile.EncodeJpeg(image.Channels is 1 or 3 ? image : First(image, image.Channels < 3 ? 1 : 3), Quality);
    }

    private static Image First(Image image, int channels)
    {
        var planes = new byte[image.Pixels.Length];
        image.CopyPlanes(planes);
        return Image.FromPlanes(image.Width, image.Height, channels, planes.AsSpan(0, channels * image.Width * image.Height));
    }
}
