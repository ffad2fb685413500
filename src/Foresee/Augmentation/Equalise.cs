namespace Foresee.Augmentation;

/// <summary>
/// Makes the 256 levels of each channel about equally frequent. With h the histogram, n the pixels and step = (n - the last level's) / 255,
/// rounded down: level := (⌊step / 2⌋ + Σ_{i below} h_i) / step (PIL's ImageOps.equalize).
/// </summary>
public sealed record Equalise : IPatchTransform
{
    private const int Levels = 256;

    public void Change(PatchPixels patch, ref PatchRandom random) => Apply(patch);

    internal static void Apply(PatchPixels patch)
    {
        Span<int> histogram = stackalloc int[Levels];
        Span<float> table = stackalloc float[Levels];
        for (var c = 0; c < patch.Channels; c++)
        {
            var plane = patch.Plane(c);
            histogram.Clear();
            foreach (var v in plane) histogram[Level(v)]++;
            var step = (plane.Length - histogram[histogram.LastIndexOfAnyExcept(0)]) / (Levels - 1);
            if (step == 0) continue; // as PIL: too few pixels beside the last level
            var below = step / 2;
            for (var i = 0; i < Levels; i++)
            {
                table[i] = Math.Min(below / step, Levels - 1) / (float)(Levels - 1);
                below += histogram[i];
            }
            foreach (ref var v in plane) v = table[Level(v)];
        }
    }

    private static int Level(float v) => (int)(Math.Clamp(v, 0, 1) * (Levels - 1) + 0.5f);
}
