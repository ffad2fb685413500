using Foresee.Images.Decoding;

namespace Foresee.Detection;

/// <summary>
/// A picture whose file says that it is shown turned or mirrored (EXIF's Orientation 2 to 8). Everything here sees pictures turned; boxes
/// may have been drawn on the picture as it is stored, by a program that takes no notice, and are turned then, too.
/// </summary>
internal sealed class TurnedPicture(PictureHeader header)
{
    private bool OnItsSide => header.Orientation >= 5;

    /// <summary>Width and height of the rows that the file holds.</summary>
    public (int Width, int Height) Stored => OnItsSide ? (header.Height, header.Width) : (header.Width, header.Height);

    /// <summary>Whether boxes of the picture as it is stored lie elsewhere when it is seen.</summary>
    public bool IsTurned => header.Orientation != 1;

    /// <summary>Whether its size tells what boxes were drawn on.</summary>
    public bool IsToldBySize => OnItsSide && header.Width != header.Height;

    /// <summary>A box of the picture as it is stored, where it is seen.</summary>
    public Box Seen(Box stored)
    {
        var box = OnItsSide ? stored.Transposed() : stored;
        if (header.Orientation is 2 or 3 or 6 or 7) box = box.Mirrored(header.Width);
        return header.Orientation is 3 or 4 or 7 or 8 ? box.Flipped(header.Height) : box;
    }
}
