using System.Numerics;
using System.Runtime.InteropServices;

namespace Foresee.Augmentation;

/// <summary>
/// Makes the 256 levels of each channel about equally frequent. With h the histogram, n the pixels and step = (n - the last level's) / 255,
/// rounded down: level := (⌊step / 2⌋ + Σ_{i below} h_i) / step (PIL's ImageOps.equalize).
/// </summary>
public sealed record Equalise : IValueChange
{
    private const int Levels = 256;

    public void Change(in ViewPixels view, ref ViewRandom random) => Apply(view);

    internal static void Apply(in ViewPixels view)
    {
        Span<int> histogram = stackalloc int[Levels];
        Span<float> table = stackalloc float[Levels];
        for (var c = 0; c < view.Channels; c++)
        {
            var plane = view.Plane(c);
            var levels = MemoryMarshal.Cast<float, int>(view.Scratch)[..plane.Length];
            ToLevels(plane, levels);
            histogram.Clear();
            foreach (var level in levels) histogram[level]++;
            var step = (plane.Length - histogram[histogram.LastIndexOfAnyExcept(0)]) / (Levels - 1);
            if (step == 0) continue; // as PIL: too few pixels beside the last level
            var below = step / 2;
            for (var i = 0; i < Levels; i++)
            {
                table[i] = Math.Min(below / step, Levels - 1) / (float)(Levels - 1);
                below += histogram[i];
            }
            for (var i = 0; i < plane.Length; i++) plane[i] = table[levels[i]];
        }
    }

    private static void ToLevels(ReadOnlySpan<float> values, Span<int> levels)
    {
        var whole = MemoryMarshal.Cast<float, Vector<float>>(values);
        var to = MemoryMarshal.Cast<int, Vector<int>>(levels);
        for (var i = 0; i < whole.Length; i++) to[i] = ToLevel(whole[i]);
        for (var i = whole.Length * Vector<float>.Count; i < values.Length; i++) levels[i] = ToLevel(new(values[i]))[0];
    }

    private static Vector<int> ToLevel(Vector<float> v)
    {
        var inside = Vector.MinNative(Vector.MaxNative(v, Vector<float>.Zero), Vector<float>.One);
        return Vector.ConvertToInt32Native(inside * new Vector<float>(Levels - 1) + new Vector<float>(0.5f));
    }
}
