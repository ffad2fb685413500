using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// The small change of an image that changes what a network says of it the most (Miyato, Maeda, Koyama and Ishii, "Virtual Adversarial
/// Training", TPAMI 2018, eq. 9 to 12),
/// <code>r = ε d,   d ← g / ‖g‖,   g = ∇_d KL[ p(x) ‖ p(x + ξ d) ],   from a random d</code>
/// KL's first derivative is 0 at d = 0, so g is ξ times its Hessian times d: each pass is a step of power iteration towards the Hessian's
/// dominant eigenvector.
/// </summary>
/// <param name="Radius">ε, the length of r for an image of 3 x 32 x 32 values of variance 1; of others it grows with the root of their
/// number.</param>
/// <param name="Step">ξ. The paper's 1e-6 is below Float32's rounding once it is spread over the values of an image.</param>
/// <param name="Iterations">K, of the power iteration.</param>
public sealed record VirtualAdversary(double Radius = 8, double Step = 1, int Iterations = 1)
{
    private const double Least = 1e-20; // of a gradient; a network that says the same of everything has none
    private const double Values = 3 * 32 * 32; // of the images that Radius is for

    /// <summary>r, without gradient.</summary>
    /// <param name="logits">[N, ..] to [N, C], the same function each time it is called.</param>
    /// <param name="x">[N, ..]</param>
    public Tensor Of(Func<Tensor, Tensor> logits, Tensor x, Generator generator)
    {
        x = x.Detach();
        var start = Tensor.RandN(x.Shape, generator, generator.Device).To(x.Device);
        return Direction(logits, x, start) * (Radius * Math.Sqrt(x.Elements / (double)x.Size(0) / Values));
    }

    /// <summary>d: of length 1 for each image, or 0 where nothing changes.</summary>
    internal Tensor Direction(Func<Tensor, Tensor> logits, Tensor x, Tensor start)
    {
        Tensor believed;
        using (Autograd.NoGrad()) believed = logits(x);
        var d = Unit(start);
        using var recording = Autograd.EnableGrad();
        for (var i = 0; i < Iterations; i++)
        {
            using var scope = TensorScope.Begin();
            var moved = d.Detach();
            moved.RequiresGrad = true;
            var change = Consistency.Divergence(believed, logits(x + moved * Step));
            var gradient = change.RequiresGrad ? Autograd.Gradients([change], [moved])[0] : null;
            d = scope.Keep(gradient is null ? x.ZerosLike() : Unit(gradient));
        }
        return d.Detach();
    }

    /// <summary>Each image's values divided by the largest, then by their length: a gradient squared would be below Float32.</summary>
    private static Tensor Unit(Tensor g)
    {
        var rows = g.Flatten(1);                                                                    // [N, K]
        rows = rows / rows.Abs().MaxAlong(1, keep: true).Clamp(low: Least);
        return (rows / rows.Square().Sum(1, keep: true).Clamp(low: Least).Sqrt()).View(g.Shape);
    }
}
