using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>(v - least) / (largest - least), for each channel by itself; a flat channel stays (PIL's ImageOps.autocontrast).</summary>
public sealed record AutoContrast : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view);

    internal static void Apply(in ViewPixels view)
    {
        for (var c = 0; c < view.Channels; c++)
        {
            var plane = view.Plane(c);
            var (least, largest) = Pixels.Ends(plane);
            if (largest <= least) continue;
            var scale = 1 / (largest - least);
            view.Map(plane, new Stretched(new(scale), new(-least * scale)));
        }
    }

    private readonly struct Stretched(Vector<float> scale, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * scale + offset;
    }
}
