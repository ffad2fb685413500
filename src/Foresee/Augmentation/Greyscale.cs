using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>
/// All channels take the grey value, with a probability: luma of RGB (torchvision's RandomGrayscale), the mean of other channels.
/// </summary>
public sealed record Greyscale(double Probability = 0.25) : IValueChange
{
    public bool Suits(int channels) => channels > 1;

    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        if (random.Chance(Probability)) Apply(view);
    }

    internal static void Apply(in ViewPixels view)
    {
        if (view.Channels == 3)
        {
            view.MapColours(new Grey());
            return;
        }
        var first = view.Plane(0);
        for (var c = 1; c < view.Channels; c++) Pixels.Combine(first, view.Plane(c), new Sum());
        Pixels.Map(first, new Share(new(1f / view.Channels)));
        for (var c = 1; c < view.Channels; c++) first.CopyTo(view.Plane(c));
    }

    private readonly struct Grey : IColourMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Of(ref Vector<float> red, ref Vector<float> green, ref Vector<float> blue) =>
            red = green = blue = Luma.Of(red, green, blue);
    }

    private readonly struct Sum : IPairMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v, Vector<float> other) => v + other;
    }

    private readonly struct Share(Vector<float> factor) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * factor;
    }
}
