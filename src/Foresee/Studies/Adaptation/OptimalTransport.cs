using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Studies.Adaptation;

/// <summary>
/// Labelled source points are carried to where target points lie, and a classifier is then learnt from them there. min_γ ⟨γ, C⟩ + ε Σ γ
/// ln γ + η Σ_j Σ_c (Σ_{i in c} γ_ij)^½ with C the squared distances divided by the largest; x̂_i = Σ_j γ_ij x_j / Σ_j γ_ij.
/// </summary>
/// <remarks>
/// Courty et al. 2017 (Optimal transport for domain adaptation), equations 10 and 14. The class term is replaced by its tangent at the
/// solution before: C_ij + η/2 (Σ_{i' in c(i)} γ_i'j + 10⁻³)^-½, as in Python Optimal Transport.
/// </remarks>
public sealed class OptimalTransport : IDisposable
{
    private const double Smooth = 1e-3; // of a class's mass at a target point, as in Python Optimal Transport
    private const int Block = 1000;     // rows whose distances are held at once
    private readonly Tensor source, shift; // [n, K]

    private OptimalTransport(Tensor source, Tensor shift, double error) => (this.source, this.shift, Error) = (source, shift, error);

    /// <summary>What rows and columns of the plan lack or have too much, summed, of a mass of 1; 1e-6 is exact enough.</summary>
    public double Error { get; }

    /// <param name="source">f32 [n, K]</param>
    /// <param name="labels">Of the source points.</param>
    /// <param name="target">f32 [m, K]</param>
    /// <param name="seed">Draws the points, where there are more than are carried.</param>
    public static OptimalTransport Fit(Tensor source, int[] labels, Tensor target, TransportOptions options, int seed,
        CancellationToken cancel = default)
    {
        options.Validate();
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var chosen = Drawn(labels.Length, options.Points, seed, 0);
        source = source.IndexSelect(0, Tensor.From(chosen));
        target = target.IndexSelect(0, Tensor.From(Drawn((int)target.Size(0), options.Points, seed, 1)));
        var cost = SquaredDistances(source.To(DType.Float64), target.To(DType.Float64));       // [n, m]
        cost.Div_(Math.Max(cost.Max().ToDouble(), 1e-12));
        var found = Plan(cost, Array.ConvertAll(chosen, i => labels[i]), options, cancel);
        var moved = found.Plan.MatMul(target.To(DType.Float64)) / found.Plan.Sum(1, keep: true); // [n, K]
        return new(TensorScope.Detach(source.Clone()), TensorScope.Detach(moved.To(DType.Float32) - source), found.Error);
    }

    /// <param name="cost">C: [n, m] Float64, which also gives η and ε their unit.</param>
    public static TransportPlan Plan(Tensor cost, int[] labels, TransportOptions options, CancellationToken cancel = default)
    {
        using var scope = TensorScope.Begin();
        var solution = Solve(cost, null);
        var members = Members(labels);                                                         // [classes, n]
        var place = Tensor.From(Array.ConvertAll(labels, label => (long)label));
        for (var round = 1; round < options.ClassRounds && options.ClassWeight > 0; round++)
        {
            using var inner = TensorScope.Begin();
            var slope = 0.5 * (members.MatMul(solution.Plan) + Smooth).Rsqrt();                // [classes, m]
            var next = Solve(cost + options.ClassWeight * slope.IndexSelect(0, place), solution.Potential);
            solution.Plan.Dispose();
            solution = next with { Plan = inner.Keep(next.Plan), Potential = inner.Keep(next.Potential) };
        }
        return solution with { Plan = scope.Keep(solution.Plan), Potential = scope.Keep(solution.Potential) };

        TransportPlan Solve(Tensor c, Tensor? start) =>
            SinkhornPlan.Solve(c, options.Entropy, options.Iterations, options.Tolerance, start, cancel);
    }

    /// <summary>Source points where the target's are: each moves as the nearest of the carried ones did.</summary>
    /// <param name="points">f32 [N, K]; the result is [N, K].</param>
    public Tensor Map(Tensor points)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var moved = new List<Tensor>();
        for (long from = 0, count = points.Size(0); from < count; from += Block)
        {
            using var inner = TensorScope.Begin();
            var some = points.Narrow(0, from, Math.Min(Block, count - from));
            var nearest = (-SquaredDistances(some, source)).ArgMax(1);
            moved.Add(inner.Keep(some + shift.IndexSelect(0, nearest)));
        }
        return scope.Keep(Tensor.Cat([.. moved]));
    }

    /// <summary>|x_i - y_j|²: [n, m], never below 0.</summary>
    internal static Tensor SquaredDistances(Tensor x, Tensor y) =>
        (x.Square().Sum(1, keep: true) + y.Square().Sum(1) - 2.0 * x.MatMul(y.T())).Clamp(low: 0.0);

    private static Tensor Members(int[] labels)
    {
        var members = new double[(labels.Max() + 1) * labels.Length];
        for (var i = 0; i < labels.Length; i++) members[labels[i] * labels.Length + i] = 1;
        return Tensor.From(members, labels.Max() + 1, labels.Length);
    }

    private static long[] Drawn(int count, int most, int seed, ulong stream) => count <= most
        ? [.. Enumerable.Range(0, count).Select(i => (long)i)]
        : [.. new SeededOrder((ulong)seed, stream).Permutation(count).Take(most).Order().Select(i => (long)i)];

    public void Dispose()
    {
        source.Dispose();
        shift.Dispose();
    }
}
