using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class ExemplarTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("triplet", t => Triplet.SemiHard(t["z"], 3, 0.5));

    [Fact]
    public void One_vector_for_all_images_has_the_margin_as_loss_and_no_gradient()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.Ones([8, 4]);
        x.RequiresGrad = true;
        var loss = Triplet.SemiHard(NegativeCosine.Unit(x), 2, 0.5);
        loss.Backward();
        Assert.Equal(0.5, loss.ToDouble(), 1e-6);
        Assert.Equal(0, x.Grad!.Abs().Max().ToDouble(), 1e-6);
    }

    [Fact]
    public void Orthonormal_images_with_equal_views_have_no_loss_and_each_view_finds_its_own()
    {
        using var scope = TensorScope.Begin();
        var one = MethodFixtures.Eye(5);
        var z = Tensor.Cat([one, one, one]);
        Assert.Equal(0, Triplet.SemiHard(z, 3, 0.5).ToDouble(), 1e-6);
        Assert.Equal(1, Triplet.Correct(z, 3).ToDouble(), 1e-6);
    }

    [Fact]
    public void Before_learning_the_loss_is_near_the_margin()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new Exemplar(new(MethodFixtures.Encoder) { Views = 3, Projection = 16 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator);
        Assert.Equal(3, inputs.Tensors.Count);
        var loss = method.Loss(inputs);
        Assert.Equal(0.5, loss.ChanceLevel);
        Assert.InRange(loss.Total.ToDouble(), 0.3, 0.6);
        Assert.Equal(2.0 / 23, loss.Metrics[0].ChanceLevel!.Value, 1e-12);
    }
}
