using Foresee.Torch;

namespace Foresee.Encoders;

/// <summary>
/// sRGB to CIELAB and back (IEC 61966-2-1, CIE 1976; white D65, 2 degrees): L 0 to 100, a and b about -110 to 110.
/// </summary>
public static class Lab
{
    private const double Delta = 6.0 / 29;
    internal static readonly double[] White = [0.95047, 1, 1.08883];
    internal static readonly double[][] ToXyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041]];
    private static readonly double[][] toRgb = [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252]];

    /// <param name="rgb">[B, 3, h, w] of 0 to 1; what lies beyond is cut off.</param>
    /// <returns>[B, 3, h, w]: L, a, b</returns>
    public static Tensor Of(Tensor rgb)
    {
        rgb = rgb.To(DType.Float32).Clamp(0, 1);
        var linear = Tensor.Where(rgb.Greater(0.04045), ((rgb + 0.055) / 1.055).Pow(2.4), rgb / 12.92);
        var xyz = Mixed(linear, ToXyz) / PerChannel(White, rgb);
        // the cube root only of what is above δ³: its slope at 0 is infinite
        var f = Tensor.Where(xyz.Greater(Delta * Delta * Delta), xyz.Clamp(low: Delta * Delta * Delta).Pow(1.0 / 3),
            xyz / (3 * Delta * Delta) + 4.0 / 29).Chunk(3, 1);
        return Tensor.Cat([f[1] * 116.0 - 16.0, (f[0] - f[1]) * 500.0, (f[1] - f[2]) * 200.0], 1);
    }

    /// <param name="lab">[B, 3, h, w]</param>
    /// <returns>[B, 3, h, w] of 0 to 1; colours that sRGB lacks are cut off.</returns>
    public static Tensor ToRgb(Tensor lab)
    {
        var parts = lab.Chunk(3, 1);
        var y = (parts[0] + 16.0) / 116;
        var f = Tensor.Cat([y + parts[1] / 500, y, y - parts[2] / 200], 1);
        var xyz = Tensor.Where(f.Greater(Delta), f.Pow(3), (f - 4.0 / 29) * (3 * Delta * Delta)) * PerChannel(White, lab);
        var linear = Mixed(xyz, toRgb).Clamp(0.0, 1.0);
        return Tensor.Where(linear.Greater(0.0031308), linear.Pow(1 / 2.4) * 1.055 - 0.055, linear * 12.92).Clamp(0.0, 1.0);
    }

    private static Tensor Mixed(Tensor x, double[][] rows) =>
        Tensor.Cat([.. rows.Select(row => (x * PerChannel(row, x)).Sum(1, keep: true))], 1);

    private static Tensor PerChannel(double[] of, Tensor like) =>
        Tensor.From<float>([.. of.Select(value => (float)value)], 1, of.Length, 1, 1).To(like.Device);
}
