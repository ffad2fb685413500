using Foresee.Heads;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class ContextEncoderTests
{
    [Fact]
    public void The_painters_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("inpainting",
        t => 0.999 * ContextEncoder.Reconstruction(t["x"], t["filled"], t["hole"])
            + 0.001 * ContextEncoder.Likelihood(t["fake"], real: true));

    [Fact]
    public void The_adversarys_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("adversary",
        t => ContextEncoder.Likelihood(t["real"], real: true) + ContextEncoder.Likelihood(t["fake"], real: false));

    [Fact]
    public void The_adversarys_scores_and_their_gradient_are_PyTorchs() => MethodFixtures.Compare("discriminator", t =>
    {
        using var generator = new Generator(1);
        var network = new Discriminator(2, 16, 4, generator);
        network.Load(t.Where(entry => entry.Key.StartsWith("state.", StringComparison.Ordinal)).ToDictionary(), "state.");
        return network.Forward(t["x"]).Square().Sum();
    });

    [Fact]
    public void What_lies_outside_the_hole_does_not_count_and_no_hole_costs_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var (x, filled) = (Tensor.RandN([2, 3, 8, 8], generator), Tensor.RandN([2, 3, 8, 8], generator));
        var hole = ContextEncoder.Holes([2, 3, 8, 8], 0.25, 4, generator);
        var outside = hole.Less(0.5).To(DType.Float32) * 7.0;
        Assert.Equal(ContextEncoder.Reconstruction(x, filled, hole).ToDouble(),
            ContextEncoder.Reconstruction(x + outside, filled, hole).ToDouble());
        Assert.Equal(0, ContextEncoder.Reconstruction(x, filled, hole.ZerosLike()).ToDouble());
        Assert.InRange((ContextEncoder.Composed(x, x, hole) - x).Abs().Max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Holes_have_exactly_their_share_of_each_image()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var holes = ContextEncoder.Holes([5, 3, 32, 32], 0.25, 8, generator);
        Assert.All(holes.Mean([1, 2, 3]).ToArray<float>(), share => Assert.Equal(0.25f, share));
        Assert.NotEqual(holes.Select(0, 0).ToArray<float>(), holes.Select(0, 1).ToArray<float>());
    }

    [Fact]
    public void Two_phases_share_no_weight_and_leave_none_out_and_begin_where_they_should()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new ContextEncoder(new(MethodFixtures.Encoder) { AdversaryWidth = 4 },
            new(MethodFixtures.Input with { Std = [0.2887, 0.2887, 0.2887] }, generator, Device.Cpu));
        var phases = method.Phases;
        Assert.Equal(["painting", "adversary"], phases.Select(phase => phase.Name));
        var learning = phases.SelectMany(phase => phase.Parameters).Select(parameter => parameter.Value).ToList();
        Assert.Equal(learning.Count, learning.Distinct().Count());
        Assert.Equal(method.Network.Parameters().Select(parameter => parameter.Value).ToHashSet(), learning.ToHashSet());
        Assert.Equal(0.1, phases[1].Rate);
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator);
        var (painting, adversary) = (phases[0].Loss(inputs), phases[1].Loss(inputs));
        Assert.InRange(painting.Total.ToDouble(), 0.7, 1.5);
        Assert.InRange(adversary.Total.ToDouble(), 2 * Math.Log(2) - 0.3, 2 * Math.Log(2) + 0.5);
        adversary.Total.Backward();                                                          // teaches the adversary alone
        Assert.All(phases[0].Parameters, parameter => Assert.Null(parameter.Value.Grad));
        Assert.All(phases[1].Parameters, parameter => Assert.NotNull(parameter.Value.Grad));
    }

    [Fact]
    public void Without_an_adversary_there_is_one_phase()
    {
        using var generator = new Generator(4);
        using var method = new ContextEncoder(new(MethodFixtures.Encoder) { Adversary = 0 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        Assert.Single(method.Phases);
    }
}
