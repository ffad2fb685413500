using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

public sealed class GradientReversalTests
{
    /// <summary>Every factor is a power of two, so sign and size are exact to the last bit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(0.25)]
    [InlineData(0)]
    public void Values_pass_and_gradients_come_back_times_minus_lambda(double lambda)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var x = Tensor.RandN([3, 4], generator);
        var weight = Tensor.RandN([3, 4], generator);
        x.RequiresGrad = true;
        var y = GradientReversal.Apply(x, lambda);
        Assert.Equal(x.ToArray<float>(), y.ToArray<float>());
        (y * weight).Sum().Backward();
        Assert.Equal(Array.ConvertAll(weight.ToArray<float>(), w => (float)-lambda * w), x.Grad!.ToArray<float>());
    }

    [Fact]
    public void What_comes_after_it_keeps_its_own_gradient()
    {
        using var scope = TensorScope.Begin();
        var (x, w) = (Tensor.From(new[] { 2f }), Tensor.From(new[] { 3f }));
        (x.RequiresGrad, w.RequiresGrad) = (true, true);
        (GradientReversal.Apply(x, 0.5) * w).Sum().Backward();
        Assert.Equal((2f, -1.5f), (w.Grad!.ToArray<float>()[0], x.Grad!.ToArray<float>()[0]));
    }
}
