using System.Runtime.InteropServices;

namespace Foresee.Images.Decoding;

/// <summary>16 bits to 8: (v - black) · 255 / (white - black), rounded; alpha by its whole range.</summary>
internal sealed class Levels
{
    private readonly double[] scale, offset;

    public Levels(LevelWindow window, int channels, bool alpha)
    {
        (scale, offset) = (new double[channels], new double[channels]);
        for (var c = 0; c < channels; c++)
        {
            var (black, white) = alpha && c == channels - 1 ? (0, LevelWindow.Levels - 1) : (At(window.Black, c), At(window.White, c));
            scale[c] = 255.0 / (white - black);
            offset[c] = 0.5 - black * scale[c]; // a cast cuts off, hence 0.5
        }
    }

    private static int At(IReadOnlyList<int> values, int channel) => values[values.Count == 1 ? 0 : channel];

    /// <summary>How often each value occurs in each channel.</summary>
    public static IReadOnlyList<long[]> Count(ReadOnlySpan<byte> wide, int channels)
    {
        var counts = Enumerable.Range(0, channels).Select(_ => new long[LevelWindow.Levels]).ToArray();
        var values = MemoryMarshal.Cast<byte, ushort>(wide);
        for (var i = 0; i < values.Length; i++) counts[i % channels][values[i]]++;
        return counts;
    }

    public void Convert(ReadOnlySpan<byte> wide, Span<byte> to)
    {
        var values = MemoryMarshal.Cast<byte, ushort>(wide);
        var channels = scale.Length;
        for (var i = 0; i < values.Length; i += channels)
            for (var c = 0; c < channels; c++) to[i + c] = (byte)Math.Clamp(values[i + c] * scale[c] + offset[c], 0, 255);
    }
}
