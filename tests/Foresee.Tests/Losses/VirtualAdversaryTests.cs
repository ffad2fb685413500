using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Tests.Losses;

public sealed class VirtualAdversaryTests : IDisposable
{
    private const int Inputs = 6, Hidden = 7, Classes = 4;
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly Generator generator = new(5);

    public void Dispose()
    {
        scope.Dispose();
        generator.Dispose();
    }

    /// <summary>The Hessian of KL[p(x) ‖ p(x + d)] by d at 0 is Jᵀ (diag p - p pᵀ) J, J of the logits.</summary>
    private static Tensor Hessian(Tensor jacobian, Tensor logits)
    {
        var p = logits.Softmax(1).Flatten();                                                       // [C]
        var fisher = Tensor.Invoke("aten::diag", "", p) - p.Unsqueeze(1) * p.Unsqueeze(0);
        return jacobian.T().MatMul(fisher).MatMul(jacobian);                                        // [K, K]
    }

    private static double Cosine(Tensor a, Tensor b) => Math.Abs((a.Flatten() * b.Flatten()).Sum().ToDouble());

    [Fact]
    public void The_direction_is_the_dominant_eigenvector_of_the_Hessian_of_a_linear_softmax()
    {
        var weight = Tensor.RandN([Classes, Inputs], generator);
        var (x, start) = (Tensor.RandN([1, Inputs], generator), Tensor.RandN([1, Inputs], generator));
        Tensor Logits(Tensor view) => view.MatMul(weight.T());
        var (values, vectors) = Hessian(weight, Logits(x)).SymmetricEigen();
        var direction = new VirtualAdversary(Step: 0.05, Iterations: 300).Direction(Logits, x, start);
        Assert.Equal(1, direction.Norm().ToDouble(), 1e-5);
        Assert.InRange(Cosine(direction, vectors.Select(1, Inputs - 1)), 0.9995, 1.0001);

        // LDS -> ε² λ / 2 for small ε (the mean of both signs has no third order), and more in this direction than in any other
        const double Radius = 0.05;
        double Lds(Tensor d) => Consistency.Divergence(Logits(x), Logits(x + d * Radius)).ToDouble() / 2
            + Consistency.Divergence(Logits(x), Logits(x - d * Radius)).ToDouble() / 2;
        var lds = Lds(direction);
        Assert.Equal(Radius * Radius * values.Select(0, Inputs - 1).ToDouble() / 2, lds, 0.01 * lds);
        for (var trial = 0; trial < 50; trial++)
        {
            var other = Tensor.RandN([1, Inputs], generator);
            Assert.True(Lds(other / other.Norm()) <= lds * 1.01);
        }
    }

    [Fact]
    public void And_of_a_small_network_whose_Jacobian_is_made_of_finite_differences()
    {
        var (first, second) = (Tensor.RandN([Hidden, Inputs], generator), Tensor.RandN([Classes, Hidden], generator));
        var (x, start) = (Tensor.RandN([1, Inputs], generator), Tensor.RandN([1, Inputs], generator));
        Tensor Logits(Tensor view) => view.MatMul(first.T()).Tanh().MatMul(second.T());
        const double Step = 1e-2;
        var columns = Enumerable.Range(0, Inputs).Select(i =>
        {
            var moved = Tensor.From(Array.ConvertAll(Enumerable.Range(0, Inputs).ToArray(), j => i == j ? (float)Step : 0), 1, Inputs);
            return ((Logits(x + moved) - Logits(x - moved)) / (2 * Step)).Flatten();
        }).ToArray();
        var (_, vectors) = Hessian(Tensor.Stack(columns, 1), Logits(x)).SymmetricEigen();
        var direction = new VirtualAdversary(Step: 0.02, Iterations: 300).Direction(Logits, x, start);
        Assert.InRange(Cosine(direction, vectors.Select(1, Inputs - 1)), 0.999, 1.0001);
    }

    [Fact]
    public void Each_image_has_its_own_direction_and_the_length_grows_with_the_root_of_its_values()
    {
        var weight = Tensor.RandN([Classes, 3 * 4 * 4], generator);
        Tensor Logits(Tensor view) => view.Flatten(1).MatMul(weight.T());
        var x = Tensor.RandN([5, 3, 4, 4], generator);
        var r = new VirtualAdversary(Radius: 8).Of(Logits, x, generator);
        Assert.Equal(x.Shape, r.Shape);
        Assert.False(r.RequiresGrad);
        Assert.All(r.Flatten(1).Square().Sum(1).Sqrt().ToArray<float>(), length => Assert.Equal(8 * Math.Sqrt(48 / 3072.0), length, 1e-4));
        Assert.Null(weight.Grad);
    }

    [Fact]
    public void A_network_that_says_the_same_of_everything_is_left_alone()
    {
        var x = Tensor.RandN([3, Inputs], generator);
        Tensor Same(Tensor view) => (view * 0).MatMul(Tensor.Ones([Inputs, Classes]));
        Assert.All(new VirtualAdversary().Of(Same, x, generator).ToArray<float>(), value => Assert.Equal(0f, value));
        Assert.All(new VirtualAdversary().Of(_ => Tensor.Zeros([3, Classes]) + Tensor.Zeros([1]), x, generator).ToArray<float>(),
            value => Assert.Equal(0f, value));
    }
}
