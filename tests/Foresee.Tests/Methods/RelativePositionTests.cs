using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class RelativePositionTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("relative",
        t => RelativePosition.Of(pairs => pairs.MatMul(t["weight"].T()), t["f"]).Loss);

    [Fact]
    public void Each_pair_is_asked_both_ways_and_the_other_way_is_the_opposite_class()
    {
        Assert.Equal(40, RelativePosition.Pairs.Distinct().Count());
        Assert.All(RelativePosition.Pairs, pair => Assert.Contains(new(pair.Second, pair.First, 7 - pair.Label), RelativePosition.Pairs));
    }

    [Fact]
    public void Before_learning_the_loss_on_noise_is_near_ln_8()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var options = new RelativePositionOptions(MethodFixtures.Encoder) { Tiles = new(8, 4, 2), HeadWidth = 16 };
        using var method = new RelativePosition(options, new(MethodFixtures.Input, generator, Device.Cpu));
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator);
        Assert.Equal([8, 9, 3, 8, 8], inputs.Tensors[0].Shape);
        var loss = method.Loss(inputs);
        Assert.Equal(Math.Log(8), loss.ChanceLevel!.Value, 1e-12);
        Assert.InRange(loss.Total.ToDouble(), Math.Log(8) - 0.1, Math.Log(8) + 0.2);
    }

    [Fact]
    public void Tiles_that_could_share_pixels_are_refused()
    {
        var faults = new List<string>();
        new RelativePositionOptions(MethodFixtures.Encoder) { Tiles = new(8, 3, 2) }.Validate(MethodFixtures.Input, faults);
        Assert.Contains("share pixels at a gap of 3 px; choose a gap of 4 px", Assert.Single(faults), StringComparison.Ordinal);
    }
}
