using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// Turns the hue by a share of the circle uniform in -Strength .. Strength, and keeps saturation and value of HSV. With V the largest
/// of a pixel's channels, C the largest less the smallest, and the hue h in sixths of the circle:
/// <code>channel n = V - C · clamp(min(k, 4 - k), 0, 1),  k = (n + h + 6 · turn) mod 6,  n = 5, 3, 1 for red, green, blue</code>
/// The same as torchvision's adjust_hue; 0.5 turns to the complement.
/// </summary>
public sealed record Hue(double Strength = 0.1) : IPatchTransform
{
    public bool Suits(int channels) => channels == 3;

    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch, random.Around(Strength));

    internal static void Apply(PatchPixels patch, float turn) => patch.MapColours(new Turned(new(6 * (turn < 0 ? turn + 1 : turn))));

    private readonly struct Turned(Vector<float> sixths) : IColourMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Of(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue)
        {
            var largest = Vector.MaxNative(red, Vector.MaxNative(green, blue));
            var chroma = largest - Vector.MinNative(red, Vector.MinNative(green, blue));
            var isRed = Vector.Equals(largest, red);
            var isGreen = Vector.Equals(largest, green);
            var difference = Vector.ConditionalSelect(isRed, green - blue, Vector.ConditionalSelect(isGreen, blue - red, red - green));
            var sector = Vector.ConditionalSelect(isRed, Vector<float>.Zero, Vector.ConditionalSelect(isGreen, new Vector<float>(2), new Vector<float>(4)));
            var grey = Vector.Equals(chroma, Vector<float>.Zero);
            var hue = sector + difference / Vector.ConditionalSelect(grey, Vector<float>.One, chroma) + sixths; // -1 .. 11
            red = Channel(hue + new Vector<float>(5), largest, chroma);
            green = Channel(hue + new Vector<float>(3), largest, chroma);
            blue = Channel(hue + Vector<float>.One, largest, chroma);
        }

        /// <param name="k">0 .. 16, not yet mod 6.</param>
        private static Vector<float> Channel(Vector<float> k, Vector<float> largest, Vector<float> chroma)
        {
            k -= Vector.Floor(k * new Vector<float>(1 / 6f)) * new Vector<float>(6);
            var share = Vector.MinNative(Vector.MaxNative(Vector.MinNative(k, new Vector<float>(4) - k), Vector<float>.Zero), Vector<float>.One);
            return largest - chroma * share;
        }
    }
}
