using System.Numerics;
using System.Runtime.InteropServices;

namespace Foresee.Augmentation;

/// <summary>v + n, n Gaussian for every pixel and channel; its deviation is drawn for the view, uniform in 0 .. Std.</summary>
public sealed record Noise(double Std = 0.1) : IValueChange
{
    public void Change(in ViewPixels view, ref ViewRandom random)
    {
        var deviation = new Vector<float>(random.Between(0, Std));
        var (low, high) = (new Vector<float>(view.Low), new Vector<float>(view.High));
        Span<float> noise = stackalloc float[2 * Vector<float>.Count];
        var pairs = MemoryMarshal.Cast<float, Vector<float>>(noise);
        for (var rest = view.Values; !rest.IsEmpty; rest = rest[Math.Min(rest.Length, noise.Length)..])
        {
            Gaussians(pairs, ref random);
            var part = rest[..Math.Min(rest.Length, noise.Length)];
            if (part.Length < noise.Length)
            {
                for (var i = 0; i < part.Length; i++) part[i] = Math.Clamp(part[i] + noise[i] * deviation[0], view.Low, view.High);
                continue;
            }
            var values = MemoryMarshal.Cast<float, Vector<float>>(part);
            for (var i = 0; i < 2; i++) values[i] = Vector.MinNative(Vector.MaxNative(values[i] + pairs[i] * deviation, low), high);
        }
    }

    /// <summary>Box and Muller 1958: √(-2 ln u) · (cos 2πv, sin 2πv) are two independent standard normal numbers.</summary>
    private static void Gaussians(Span<Vector<float>> pair, ref ViewRandom random)
    {
        var numbers = MemoryMarshal.Cast<Vector<float>, float>(pair);
        for (var i = 0; i < numbers.Length; i++) numbers[i] = random.Uniform();
        var radius = Vector.SquareRoot(-2 * Vector.Log(Vector<float>.One - pair[0])); // 1 - u is never 0
        var (sine, cosine) = Vector.SinCos(pair[1] * MathF.Tau);
        (pair[0], pair[1]) = (radius * cosine, radius * sine);
    }
}
