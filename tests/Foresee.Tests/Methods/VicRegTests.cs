using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class VicRegTests
{
    private static Tensor Loss(Tensor a, Tensor b) =>
        VarianceCovariance.Of(a, b) is var (s, v, c) ? s * 25.0 + v * 25.0 + c : throw new InvalidOperationException();

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("vicreg", t => Loss(t["a"], t["b"]));

    [Fact]
    public void Equal_views_of_unit_variance_without_covariance_have_a_loss_of_0()
    {
        using var scope = TensorScope.Begin();
        // all eight corners of a cube, with a deviation of 1 by B - 1
        var corners = Tensor.From([.. Enumerable.Range(0, 24).Select(i => (i / 3 >> i % 3 & 1) == 1 ? 1f : -1f)], 8, 3)
            * Math.Sqrt(7.0 / 8);
        Assert.Equal(0, Loss(corners, corners).ToDouble(), 1e-4);
        Assert.Equal(0, Loss(corners * 3, corners * 3).ToDouble(), 1e-4); // more variance costs nothing
    }

    [Fact]
    public void One_vector_for_all_images_has_the_loss_of_collapse()
    {
        using var scope = TensorScope.Begin();
        Assert.Equal(24.75, Loss(Tensor.Ones([6, 4]), Tensor.Ones([6, 4])).ToDouble(), 1e-4);
    }

    [Fact]
    public void No_gradient_moves_both_views_alike()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor a = Tensor.RandN([6, 4], generator), b = Tensor.RandN([6, 4], generator), shift = Tensor.Zeros([4]);
        shift.RequiresGrad = true;
        VarianceCovariance.Of(a + shift, b + shift).Invariance.Backward();
        Assert.Equal(0, shift.Grad!.Abs().Max().ToDouble(), 1e-7);
    }
}
