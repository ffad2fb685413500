using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class ByolTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("byol",
        t => Byol.Distance(t["p1"], t["z2"]) + Byol.Distance(t["p2"], t["z1"]));

    [Fact]
    public void Where_prediction_and_target_are_parallel_the_loss_is_0()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var z = Tensor.RandN([4, 6], generator);
        Assert.Equal(0, Byol.Distance(z, z * 3).ToDouble(), 1e-6);
        Assert.Equal(4, Byol.Distance(z, -z).ToDouble(), 1e-6);
    }

    /// <summary>Section 3.1 of the paper: from the first rate to 1, along a cosine.</summary>
    [Theory]
    [InlineData(0, 100, 0.97)]
    [InlineData(50, 100, 0.985)]
    [InlineData(100, 100, 1)]
    [InlineData(150, 100, 1)]
    [InlineData(50, 0, 0.97)] // not planned yet
    public void The_copys_momentum_rises_to_1(long step, long steps, double expected) =>
        Assert.Equal(expected, Byol.MomentumAt(0.97, step, steps), 1e-12);

    [Fact]
    public void The_first_loss_is_near_that_of_vectors_that_have_nothing_to_do_with_each_other_and_the_copy_learns_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new Byol(new(MethodFixtures.Encoder) { HeadWidth = 32, Projection = 16, Momentum = 1 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        Assert.All(method.Network.Parameters(), t => Assert.False(t.Name.StartsWith("copy.", StringComparison.Ordinal)));
        var copies = method.Network.Buffers().Where(t => t.Name.StartsWith("copy.", StringComparison.Ordinal)).ToList();
        Assert.Contains(copies, t => t.Name.EndsWith("weight", StringComparison.Ordinal));
        var loss = method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(32, generator)), generator));
        Assert.InRange(loss.Total.ToDouble(), 3, 5);
        Assert.Equal(4, loss.ChanceLevel);
        loss.Total.Backward();
        Assert.All(copies, t => Assert.Null(t.Value.Grad));
        Assert.All(method.Network.Parameters(), t => Assert.NotNull(t.Value.Grad));
        Assert.InRange(NegativeCosine.Spread(Tensor.Ones([4, 3])).ToDouble(), 0, 1e-6); // what a collapse would show
    }
}
