namespace Foresee.Images.Decoding;

/// <summary>Grey, RGB and alpha made of each other; any other number of channels only stays as it is.</summary>
internal static class Channels
{
    /// <summary>Whether grey or RGB can be made of them.</summary>
    public static bool ArePicture(int channels) => channels is 1 or 3;

    /// <summary>Why so many channels can't be made of a picture, in words; null where they can.</summary>
    public static string? Obstacle(int asked, int colours, bool alpha) =>
        (asked == colours && !alpha) || (ArePicture(asked) && ArePicture(colours)) ? null
            : $"it has {colours} {(colours == 1 ? "channel" : "channels")}{(alpha ? " and alpha" : "")}, but {asked} were asked for; "
              + "keep images with as many channels in a folder of their own";

    /// <summary>Pixels of 1 to 4 channels become 1 or 3. Alpha is laid on white, as viewers show it.</summary>
    public static void Convert(ReadOnlySpan<byte> from, int channels, bool alpha, Span<byte> to, int asked)
    {
        var colours = alpha ? channels - 1 : channels;
        Span<byte> colour = stackalloc byte[3];
        for (int i = 0, j = 0; i < from.Length; i += channels, j += asked)
        {
            for (var c = 0; c < colours; c++) colour[c] = alpha ? OnWhite(from[i + c], from[i + colours]) : from[i + c];
            if (asked == 1) to[j] = colours == 1 ? colour[0] : Grey(colour);
            else for (var c = 0; c < 3; c++) to[j + c] = colour[colours == 1 ? 0 : c];
        }
    }

    private static byte OnWhite(int value, int alpha) => (byte)((value * alpha + 255 * (255 - alpha) + 127) / 255);

    /// <summary>ITU-R 601 with 16-bit weights, as most image libraries compute it.</summary>
    private static byte Grey(ReadOnlySpan<byte> rgb) => (byte)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 32768) >> 16);
}
