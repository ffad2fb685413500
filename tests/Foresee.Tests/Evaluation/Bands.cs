using Foresee.Labels;

namespace Foresee.Tests.Evaluation;

/// <summary>Images of 16 px. Class 0 is bright above, 1 below, 2 in the middle; how bright differs from image to image.</summary>
internal static class Bands
{
    private const int Side = 16;

    public static LabelledImages Of(int count) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        var (from, to) = (index % 3) switch { 0 => (0, 6), 1 => (10, 16), _ => (5, 11) };
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i / Side >= from && i / Side < to ? 100 + index * 31 % 120 : 20 + index * 17 % 60);
    }), LinearProbeTests.Turns(count), ["above", "below", "middle"]);
}
