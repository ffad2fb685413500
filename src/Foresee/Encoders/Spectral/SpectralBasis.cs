using System.Runtime.InteropServices;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Encoders.Spectral;

/// <summary>
/// The leading solutions of C p = μ V p, those of L p = λ V p with the smallest λ = n - μ:
/// <code>
/// R Rᵀ = V + ridge           Cholesky
/// R⁻¹ C R⁻ᵀ = U M Uᵀ         eigenvalues μ falling
/// P = (R⁻ᵀ U)ᵀ               so that P V Pᵀ = I
/// </code>
/// </summary>
/// <param name="Values">f64 [D], μ, falling.</param>
/// <param name="Rows">f64 [D, h], P.</param>
internal readonly record struct SpectralBasis(Tensor Values, Tensor Rows)
{
    /// <param name="count">D, at most h.</param>
    /// <param name="ridge">As a share of the mean of V's diagonal.</param>
    public static SpectralBasis Of(MomentPair moments, int count, double ridge)
    {
        using var scope = TensorScope.Begin();
        var size = moments.V.Size(0);
        var diagonal = Tensor.Invoke("aten::diagonal", "", moments.V);
        var loaded = moments.V.Clone();
        Tensor.Invoke("aten::diagonal", "", loaded).Add_(diagonal.Mean() * ridge);
        var root = Tensor.Invoke("aten::linalg_cholesky", "", loaded);
        var half = Solve(root, moments.C, upper: false);                                   // R⁻¹ C
        var whole = Solve(root, half.T(), upper: false);                                   // R⁻¹ C R⁻ᵀ
        var pairs = ((whole + whole.T()) / 2).SymmetricEigen();                            // rising
        count = (int)Math.Min(count, size);
        var vectors = pairs.Vectors.Narrow(1, size - count, count).Flip(1);                // [h, D]
        return new(scope.Keep(pairs.Values.Narrow(0, size - count, count).Flip(0)),
            scope.Keep(Solve(root.T(), vectors, upper: true).T().Contiguous()));
    }

    /// <summary>For other ranks: P in f32, which is kept of it.</summary>
    public byte[] ToBytes() => [.. MemoryMarshal.AsBytes<double>(Values.ToArray<double>()),
        .. MemoryMarshal.AsBytes<float>(Rows.To(DType.Float32).ToArray<float>())];

    /// <param name="width">h</param>
    public static SpectralBasis Read(byte[] bytes, int width)
    {
        var count = bytes.Length / (sizeof(double) + sizeof(float) * width);
        return new(Tensor.From(MemoryMarshal.Cast<byte, double>(bytes.AsSpan(0, sizeof(double) * count)).ToArray()),
            Tensor.From(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(sizeof(double) * count)).ToArray(), count, width));
    }

    private static Tensor Solve(Tensor triangle, Tensor right, bool upper) =>
        (Tensor)Operator.Find("aten::linalg_solve_triangular").CallAll(triangle, right, upper)[0]!;
}
