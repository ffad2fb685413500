using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// Turns the hue by a share of the circle uniform in -Strength .. Strength, and keeps saturation and value of HSV. With V the largest
/// of a pixel's channels, C the largest less the smallest, and the hue h in sixths of the circle:
/// <code>
/// k = (h + 6 · turn) mod 6
/// red = V - C · clamp(2 - |k - 3|, 0, 1),  green = V - C · clamp(|k - 2| - 1, 0, 1),  blue = V - C · clamp(|k - 4| - 1, 0, 1)
/// </code>
/// The same as torchvision's adjust_hue; 0.5 turns to the complement.
/// </summary>
public sealed record Hue(double Strength = 0.1) : IValueChange
{
    public bool Suits(int channels) => channels == 3;

    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, random.Around(Strength));

    internal static void Apply(in ViewPixels view, float turn) => view.MapColours(new Turned(new(6 * (turn < 0 ? turn + 1 : turn))));

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
            var sector = Vector.ConditionalSelect(isRed, Vector<float>.Zero,
                Vector.ConditionalSelect(isGreen, new Vector<float>(2), new Vector<float>(4)));
            var hue = sector + difference / Vector.MaxNative(chroma, new Vector<float>(1e-30f)) + sixths;  // -1 .. 11; of grey: any
            var six = new Vector<float>(6);
            hue -= Vector.ConditionalSelect(Vector.GreaterThanOrEqual(hue, six), six, Vector<float>.Zero);
            hue += Vector.ConditionalSelect(Vector.LessThan(hue, Vector<float>.Zero), six, Vector<float>.Zero);
            red = Less(largest, chroma, new Vector<float>(2) - Vector.Abs(hue - new Vector<float>(3)));
            green = Less(largest, chroma, Vector.Abs(hue - new Vector<float>(2)) - Vector<float>.One);
            blue = Less(largest, chroma, Vector.Abs(hue - new Vector<float>(4)) - Vector<float>.One);
        }

        /// <summary>largest - chroma · clamp(share, 0, 1)</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector<float> Less(Vector<float> largest, Vector<float> chroma, Vector<float> share) =>
            largest - chroma * Vector.MinNative(Vector.MaxNative(share, Vector<float>.Zero), Vector<float>.One);
    }
}
