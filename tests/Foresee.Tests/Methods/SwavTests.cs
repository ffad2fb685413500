using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods;

public sealed class SwavTests
{
    private static SwavOptions Small { get; } = new(MethodFixtures.Encoder)
    {
        SmallViews = 2,
        SmallSide = 16,
        HeadWidth = 16,
        Projection = 8,
        Prototypes = 6,
        QueueLength = 10,
        QueueFrom = 3,
        FrozenSteps = 2,
    };

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("swav", t =>
    {
        Tensor[] scores = [.. Enumerable.Range(0, 3).Select(v => t["z" + v].MatMul(t["weight"].T()))];
        for (var s = 0; s < 2; s++)
            Assert.InRange((Sinkhorn.Codes(scores[s], 0.05, 3) - t["codes" + s]).Abs().Max().ToDouble(), 0, MethodFixtures.Tolerance);
        return Swav.Loss(scores, [t["codes0"], t["codes1"]], 0.1);
    });

    [Fact]
    public void Equal_scores_have_equal_codes_and_each_image_s_sum_to_1()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Assert.All(Sinkhorn.Codes(Tensor.Full([5, 4], 0.3), 0.05, 3).ToArray<float>(), code => Assert.Equal(0.25f, code, 6));
        var codes = Sinkhorn.Codes(Tensor.RandN([7, 4], generator), 0.5, 3);
        Assert.All(codes.Sum(1).ToArray<float>(), sum => Assert.Equal(1, sum, 5));
        Assert.All(Sinkhorn.Codes(Tensor.RandN([8, 4], generator), 0.5, 200).Sum(0).ToArray<float>(), sum => Assert.Equal(2, sum, 3));
    }

    [Fact]
    public void Vectors_on_their_own_prototypes_have_the_identity_as_codes_and_renaming_prototypes_renames_codes()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var one = MethodFixtures.Eye(5);
        Assert.InRange((Sinkhorn.Codes(one, 0.01, 3) - one).Abs().Max().ToDouble(), 0, 1e-6);
        Tensor scores = Tensor.RandN([6, 4], generator), order = Tensor.From([2L, 0, 3, 1]);
        var renamed = Sinkhorn.Codes(scores.IndexSelect(1, order), 0.3, 3);
        Assert.InRange((renamed - Sinkhorn.Codes(scores, 0.3, 3).IndexSelect(1, order)).Abs().Max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Prototypes_are_frozen_at_first_then_learn_and_stay_of_length_1_and_the_first_loss_is_near_that_of_chance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new Swav(Small, new(MethodFixtures.Input, generator, Device.Cpu));
        var weight = method.Network.Parameters().Single(t => t.Name == "prototypes.weight").Value;
        using var optimiser = new OptimiserOptions(OptimiserKind.Sgd, 0.1).Build(method.Network.Parameters());
        var first = weight.ToArray<float>();
        for (var step = 1; step <= 5; step++)
        {
            optimiser.ZeroGrad();
            var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator);
            Assert.Equal([[4, 3, 32, 32], [4, 3, 32, 32], [4, 3, 16, 16], [4, 3, 16, 16]], inputs.Tensors.Select(t => t.Shape));
            var loss = method.Loss(inputs);
            if (step == 1) Assert.InRange(loss.Total.ToDouble() / Math.Log(6), 0.4, 3); // noise, at a temperature of 0.1
            Assert.Equal(Math.Log(6), loss.ChanceLevel!.Value, 1e-9);
            loss.Total.Backward();
            optimiser.Step();
            method.AfterStep(step, 5);
            if (step <= 2) Assert.InRange((weight - Tensor.From(first, 6, 8)).Abs().Max().ToDouble(), 0, 1e-6);
            Assert.All(weight.Square().Sum(1).ToArray<float>(), length => Assert.Equal(1, length, 5));
        }
        Assert.True((weight - Tensor.From(first, 6, 8)).Abs().Max().ToDouble() > 1e-3);
    }

    [Fact]
    public void Faults_are_named_at_once()
    {
        using var generator = new Generator(4);
        var message = Assert.Throws<ArgumentException>(() =>
            new Swav(Small with { Prototypes = 1, SmallViews = -1, Rounds = 0 }, new(MethodFixtures.Input, generator, Device.Cpu))).Message;
        Assert.Contains("at least 2 prototypes are needed, got 1", message, StringComparison.Ordinal);
        Assert.Contains("small views must be 0 or more, got -1", message, StringComparison.Ordinal);
        Assert.Contains("rounds", message, StringComparison.Ordinal);
    }
}
