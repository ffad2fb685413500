using Foresee.Torch;

namespace Foresee.Studies.Adaptation;

/// <summary>
/// min_γ Σ_ij γ_ij C_ij + ε Σ_ij γ_ij ln γ_ij, rows of γ summing to 1/n and columns to 1/m: γ = diag(u) K diag(v), K_ij =
/// exp((α_i + β_j - C_ij)/ε), in turns v = (1/m) / (Kᵀu) and u = (1/n) / (K v).
/// </summary>
/// <remarks>
/// Sinkhorn and Knopp's iteration (Cuturi 2013). u and v are taken into the potentials α and β when they grow large (Schmitzer 2019,
/// section 3), so that a small ε neither overflows nor divides by 0. Float64 throughout.
/// </remarks>
public static class SinkhornPlan
{
    private const double Large = 100; // of |ln u|: e^100 is far from the end of Float64

    /// <param name="cost">C: [n, m] Float64.</param>
    /// <param name="epsilon">ε, in the unit of the cost.</param>
    /// <param name="start">β to begin with, from a solution of a cost that is alike; null for none.</param>
    public static TransportPlan Solve(Tensor cost, double epsilon, int iterations, double tolerance, Tensor? start = null,
        CancellationToken cancel = default)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var (n, m) = (cost.Size(0), cost.Size(1));
        // Each row and each column of K has a 1 and nothing larger.
        var beta = start ?? Tensor.Zeros([m], DType.Float64);
        var alpha = Least(cost - beta, 1);                                       // [n]
        beta = Least(cost - alpha.Unsqueeze(1), 0);                              // [m]
        var (kernel, u, v) = (Kernel(), Ones(n), Ones(m));
        var error = double.PositiveInfinity;
        for (var iteration = 0; iteration < iterations && error > tolerance; iteration++)
        {
            cancel.ThrowIfCancellationRequested();
            using var inner = TensorScope.Begin();
            var fed = kernel.T().MatMul(u);                                      // [m]
            error = (fed * v - 1.0 / m).Abs().Sum().ToDouble();                  // the rows are exact since the last u
            if (iteration > 0 && error <= tolerance) break;
            var (lastU, lastV) = (u, v);
            v = inner.Keep(fed.Pow(-1) / m);
            u = inner.Keep(kernel.MatMul(v).Pow(-1) / n);
            lastU.Dispose();
            lastV.Dispose();
            if (Math.Max(u.Log().Abs().Max().ToDouble(), v.Log().Abs().Max().ToDouble()) < Large) continue;
            (alpha, beta) = (inner.Keep(alpha + epsilon * u.Log()), inner.Keep(beta + epsilon * v.Log()));
            kernel.Dispose();
            (kernel, u, v) = (inner.Keep(Kernel()), inner.Keep(Ones(n)), inner.Keep(Ones(m)));
            error = double.PositiveInfinity;
        }
        var plan = u.Unsqueeze(1) * kernel * v;                                  // [n, m]
        return new(scope.Keep(plan), scope.Keep(beta + epsilon * v.Log()), (plan.Sum(0) - 1.0 / m).Abs().Sum().ToDouble()
            + (plan.Sum(1) - 1.0 / n).Abs().Sum().ToDouble());

        Tensor Kernel()
        {
            using var making = TensorScope.Begin();
            return making.Keep(((alpha.Unsqueeze(1) + beta - cost) / epsilon).Exp_());
        }
    }

    private static Tensor Least(Tensor x, int dimension) => -(-x).MaxAlong(dimension);

    private static Tensor Ones(long size) => Tensor.Ones([size], DType.Float64);
}

/// <summary>How much of each source point goes to each target point.</summary>
/// <param name="Plan">γ: [n, m] Float64, of mass 1.</param>
/// <param name="Potential">β: [m], to begin with for a cost that is alike.</param>
/// <param name="Error">What rows and columns lack or have too much, summed, of a mass of 1.</param>
public sealed record TransportPlan(Tensor Plan, Tensor Potential, double Error);
