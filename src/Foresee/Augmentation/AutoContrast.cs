using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>(v - least) / (largest - least), for each channel by itself; a flat channel stays (PIL's ImageOps.autocontrast).</summary>
public sealed record AutoContrast : IPatchTransform
{
    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch);

    internal static void Apply(PatchPixels patch)
    {
        for (var c = 0; c < patch.Channels; c++)
        {
            var plane = patch.Plane(c);
            var (least, largest) = Pixels.Ends(plane);
            if (largest <= least) continue;
            var scale = 1 / (largest - least);
            patch.Map(plane, new Stretched(new(scale), new(-least * scale)));
        }
    }

    private readonly struct Stretched(Vector<float> scale, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * scale + offset;
    }
}
