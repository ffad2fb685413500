using Foresee.Torch;

namespace Foresee.Encoders.Spectral;

/// <summary>
/// Patches of an image by their even and odd parts under mirroring: with f the mirror image of x, (x + f) / √2 and (x - f) / √2 over one
/// half of the columns. The lengths and products of patches are the sums of those of the parts.
/// </summary>
internal static class MirrorPatches
{
    /// <summary>Deviation of pixels of 0..1 below which a patch holds nothing but rounding to 8 bits.</summary>
    public const double Flat = 0.5 / 255;

    /// <summary>Length of the even part; the odd part has the rest of C·p·p.</summary>
    public static int Even(int channels, int patch) => channels * patch * ((patch + 1) / 2);

    /// <param name="windows">[..., C, p, p]</param>
    /// <returns>[..., C·p·p], each channel without its mean: the even part, then the odd part.</returns>
    public static Tensor Parts(Tensor windows)
    {
        using var scope = TensorScope.Begin();
        var (across, patch) = (windows.Dimensions - 1, windows.Size(windows.Dimensions - 1));
        var centred = windows - windows.Mean([across - 1, across], keep: true);
        var (half, mirror) = (patch / 2, centred.Flip(across));
        var even = ((centred + mirror) / Math.Sqrt(2)).Narrow(across, 0, half);
        if (patch % 2 != 0) even = Tensor.Cat([even, centred.Narrow(across, half, 1)], across);
        var odd = ((centred - mirror) / Math.Sqrt(2)).Narrow(across, 0, half);
        return scope.Keep(Tensor.Cat([even.Flatten(across - 2), odd.Flatten(across - 2)], across - 2));
    }

    /// <summary>
    /// W = E (Λ + ε)^-1/2 Eᵀ of each part. With mirror images the parts have nothing in common, and the odd part has no mean.
    /// </summary>
    /// <param name="parts">f32 [N, S]</param>
    public static MirrorWhitening Whiten(Tensor parts, int even, double epsilon)
    {
        using var scope = TensorScope.Begin();
        var size = (int)parts.Size(1);
        var mean = parts.Mean(0).Clone();
        mean.Narrow(0, even, size - even).Zero_();
        var white = Tensor.Zeros([size, size]);
        foreach (var (from, length) in new[] { (0, even), (even, size - even) })
        {
            if (length == 0) continue;
            var centred = (parts.Narrow(1, from, length) - mean.Narrow(0, from, length)).To(DType.Float64);
            var pairs = (centred.T().MatMul(centred) / parts.Size(0)).SymmetricEigen();
            var filter = (pairs.Vectors * (pairs.Values.Clamp(low: 0.0) + epsilon).Pow(-0.5)).MatMul(pairs.Vectors.T());
            white.Narrow(0, from, length).Narrow(1, from, length).Copy_(filter);
        }
        return new(scope.Keep(white), scope.Keep(mean));
    }
}

/// <param name="White">f32 [S, S], symmetric, no even row with an odd column.</param>
/// <param name="Mean">f32 [S]</param>
internal readonly record struct MirrorWhitening(Tensor White, Tensor Mean)
{
    /// <param name="parts">f32 [n, S]</param>
    /// <returns>[n, S] whitened, of length 1; zeros where a patch is flat.</returns>
    public Tensor Apply(Tensor parts)
    {
        using var scope = TensorScope.Begin();
        var white = (parts - Mean).MatMul(White);
        var length = white.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);
        var flat = parts.Square().Mean([1], keep: true).Less(MirrorPatches.Flat * MirrorPatches.Flat);
        return scope.Keep(Tensor.Where(flat, white.ZerosLike(), white / length));
    }
}
