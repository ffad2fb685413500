using Foresee.Heads;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class BigBiGanTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("bigbigan", t => BigBiGan.Hinge(t["real"], t["made"]));

    [Fact]
    public void The_spectral_norm_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("spectralnorm", t =>
    {
        using var generator = new Generator(1);
        var norm = new SpectralNorm(4, 12, generator);
        norm.Load(new Dictionary<string, Tensor> { ["u"] = t["u"], ["v"] = t["v"] });
        return (norm.Forward(t["weight"]) * t["by"]).Sum();
    });

    [Fact]
    public void Where_all_margins_are_met_the_discriminator_has_nothing_to_learn()
    {
        using var scope = TensorScope.Begin();
        var (real, made) = (Tensor.Full([4, 3], 1.5), Tensor.Full([4, 3], -1.5));
        real.RequiresGrad = made.RequiresGrad = true;
        var loss = BigBiGan.Hinge(real, made);
        loss.Backward();
        Assert.Equal(0, loss.ToDouble());
        Assert.Equal(0, real.Grad!.Abs().Max().ToDouble() + made.Grad!.Abs().Max().ToDouble());
    }

    [Fact]
    public void Three_phases_share_no_weight_and_each_teaches_its_own_alone()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new BigBiGan(BigBiGanOptions.For(new("folder", 100, MethodFixtures.Input)),
            new(MethodFixtures.Input, generator, Device.Cpu));
        var phases = method.Phases;
        var learning = phases.SelectMany(phase => phase.Parameters).Select(parameter => parameter.Value).ToList();
        Assert.Equal(learning.Count, learning.Distinct().Count());
        Assert.Equal(method.Network.Parameters().Select(parameter => parameter.Value).ToHashSet(), learning.ToHashSet());
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator);
        Assert.InRange(method.Loss(inputs).Total.ToDouble(), 5.5, 6.5);
        Assert.Equal(6, method.Loss(inputs).Metrics[0].ChanceLevel);
        foreach (var (phase, idle) in new[] { (0, new[] { 1, 2 }), (1, [2]), (2, [1]) })
        {
            foreach (var tensor in learning) tensor.Grad = null;
            phases[phase].Loss(inputs).Total.Backward();
            Assert.All(phases[phase].Parameters, parameter => Assert.NotNull(parameter.Value.Grad));
            Assert.All(idle.SelectMany(other => phases[other].Parameters), parameter => Assert.Null(parameter.Value.Grad));
        }
    }
}
