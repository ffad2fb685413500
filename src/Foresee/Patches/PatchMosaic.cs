using Foresee.Images;

namespace Foresee.Patches;

/// <summary>A picture of patches in rows and columns, on white; a place where nothing was put stays white.</summary>
public sealed class PatchMosaic(int rows, int columns, int patch, int channels)
{
    private readonly int gap = Math.Max(1, patch / 8);
    // height x width x channels
    private readonly byte[] pixels = [.. Enumerable.Repeat((byte)255, Side(rows, patch) * Side(columns, patch) * channels)];

    private int Height => Side(rows, patch);
    private int Width => Side(columns, patch);

    private static int Side(int places, int patch) => places * patch + (places - 1) * Math.Max(1, patch / 8);

    /// <param name="values">[C, p, p] in 0..1; what lies beyond is shown black or white.</param>
    public void Put(int row, int column, ReadOnlySpan<float> values)
    {
        if (values.Length != channels * patch * patch)
            throw new ArgumentException($"A patch of this mosaic has {channels} x {patch} x {patch} values, got {values.Length}.",
                nameof(values));
        var (top, left) = (row * (patch + gap), column * (patch + gap));
        for (var c = 0; c < channels; c++)
            for (var y = 0; y < patch; y++)
                for (var x = 0; x < patch; x++)
                    pixels[((top + y) * Width + left + x) * channels + c] =
                        (byte)Math.Clamp(values[(c * patch + y) * patch + x] * 255 + 0.5f, 0, 255);
    }

    /// <summary>The picture, each pixel enlarged to a square as often as it fits into the width; never reduced.</summary>
    public Image ToImage(int width)
    {
        var times = Math.Max(1, width / Width);
        var (wide, high) = (Width * times, Height * times);
        var large = new byte[wide * high * channels];
        for (var y = 0; y < high; y++)
            for (var x = 0; x < wide; x++)
                pixels.AsSpan((y / times * Width + x / times) * channels, channels).CopyTo(large.AsSpan((y * wide + x) * channels));
        return new(wide, high, channels, large);
    }
}
