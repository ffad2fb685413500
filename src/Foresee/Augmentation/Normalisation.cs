using System.Numerics;
using System.Runtime.CompilerServices;

namespace Foresee.Augmentation;

/// <summary>(v - mean) / std of each channel, the last that is done to a view; computed as v · 1/std - mean/std.</summary>
internal sealed class Normalisation
{
    private readonly float[] scale, offset;

    public Normalisation(ViewFormat format)
    {
        double Std(int c) => format.Std.Count == 0 ? 1 : format.Std[c];
        double Mean(int c) => format.Mean.Count == 0 ? 0 : format.Mean[c];
        scale = [.. Enumerable.Range(0, format.Channels).Select(c => (float)(1 / Std(c)))];
        offset = [.. Enumerable.Range(0, format.Channels).Select(c => (float)(-Mean(c) / Std(c)))];
    }

    public void Apply(in ViewPixels view)
    {
        for (var c = 0; c < view.Channels; c++) Pixels.Map(view.Plane(c), new Normalised(new(scale[c]), new(offset[c])));
    }

    private readonly struct Normalised(Vector<float> scale, Vector<float> offset) : IValueMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<float> Of(Vector<float> v) => v * scale + offset;
    }
}
