using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// g + f · (v - g), g the pixel's grey, f uniform in 1-Strength .. 1+Strength (PIL's ImageEnhance.Color; AutoAugment: 0.9).
/// </summary>
public sealed record Saturation(double Strength = 0.4) : IValueChange
{
    public bool Suits(int channels) => channels == 3;

    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view, 1 + random.Around(Strength));

    internal static void Apply(in ViewPixels view, float factor) => view.MapColours(new Saturated(new(factor)));

    private readonly struct Saturated(Vector<float> factor) : IColourMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Of(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue)
        {
            var grey = Luma.Of(red, green, blue);
            red = grey + (red - grey) * factor;
            green = grey + (green - grey) * factor;
            blue = grey + (blue - grey) * factor;
        }
    }
}
