using Foresee.Studies.Adaptation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Studies.Adaptation;

public sealed class DannTests
{
    private static readonly int[] labels = [0, 1, 0, 1];

    /// <summary>The published schedules, computed by hand.</summary>
    [Fact]
    public void Schedules_are_the_published_ones()
    {
        var options = new DannOptions();
        Assert.Equal([0, 0.462117, 0.848284, 0.986614, 0.999909],
            new[] { 0, 0.1, 0.25, 0.5, 1 }.Select(p => Math.Round(options.LambdaAt(p), 6)));
        Assert.Equal([0.01, 0.002608, 0.001656], new[] { 0, 0.5, 1 }.Select(p => Math.Round(options.RateAt(p), 6)));
        Assert.Equal(0, (options with { Reversal = 0 }).LambdaAt(1));
    }

    /// <summary>
    /// dL/df = dL_label/df - λ dL_domain/df, while the domain head itself gets its own, unreversed gradient: two losses that plain
    /// operators compute.
    /// </summary>
    [Fact]
    public void Features_get_the_label_gradient_less_lambda_times_the_domain_gradient()
    {
        const double Lambda = 0.3;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var network = new DannNetwork(new Linear(5, 4, bias: true, generator), 4, 2, new() { DomainWidth = 6 }, generator);
        var (source, target) = (Tensor.RandN([4, 5], generator), Tensor.RandN([3, 5], generator));
        var truth = Tensor.From(Array.ConvertAll(labels, label => (long)label));
        network.LossOf(source, truth, target, Lambda).Backward();
        var state = network.Parameters().ToDictionary(p => p.Name, p => p.Value);
        var seen = state.ToDictionary(p => p.Key, p => p.Value.Grad!);

        Tensor Features(Tensor x) => x.Linear(state["body.weight"], state["body.bias"]);
        Tensor CrossEntropy(Tensor logits, Tensor to) => -logits.LogSoftmax(1).Gather(1, to.Unsqueeze(1)).Mean();
        var label = CrossEntropy(Features(source).Linear(state["label.weight"], state["label.bias"]), truth);
        var domain = CrossEntropy(Features(Tensor.Cat([source, target])).Linear(state["domain.0.weight"], state["domain.0.bias"]).Relu()
            .Linear(state["domain.2.weight"], state["domain.2.bias"]), Tensor.From(new long[] { 0, 0, 0, 0, 1, 1, 1 }));
        foreach (var (name, parameter) in state)
        {
            var gradients = new[] { label, domain }.Select(loss =>
                Autograd.Gradients([loss], [parameter], retainGraph: true)[0]).ToArray();
            var expected = (gradients[0] ?? parameter.ZerosLike())
                + (gradients[1] ?? parameter.ZerosLike()) * (name.StartsWith("body", StringComparison.Ordinal) ? -Lambda : 1);
            Assert.InRange((expected - seen[name]).Abs().Max().ToDouble(), 0, 1e-6);
        }
    }

    /// <summary>The source is learnt with and without a domain head; without, the target has no say.</summary>
    [Fact]
    public void The_source_is_learnt_and_without_reversal_the_target_has_no_say()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        int[] classes = [.. Enumerable.Range(0, 20).Select(i => i % 2)];
        var source = Tensor.RandN([20, 3], generator) + Tensor.From(Array.ConvertAll(classes, c => 4f * c - 2), 20, 1);
        float[] Learnt(double reversal, double shift)
        {
            using var random = new Generator(3);
            var options = new DannOptions { Steps = 150, BatchSize = 10, Reversal = reversal, DomainWidth = 8 };
            using var network = new DannNetwork(new Sequential(new Linear(3, 8, bias: true, random), new Relu()), 8, 2, options, random);
            network.Fit(source, classes, source + shift, options, random);
            var said = network.Probabilities(source);
            Assert.Equal(classes, said.ArgMax(1).ToArray<int>());
            Assert.All(said.Sum(1).ToArray<float>(), sum => Assert.Equal(1, sum, 1e-5));
            return said.ToArray<float>();
        }
        Assert.Equal(Learnt(0, 1), Learnt(0, 9));
        Assert.NotEqual(Learnt(1, 1), Learnt(1, 9));
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var generator = new Generator(4);
        using var network = new DannNetwork(new Linear(3, 4, bias: true, generator), 4, 2, new(), generator);
        using var source = TensorScope.Detach(Tensor.RandN([4, 3], generator));
        using var target = TensorScope.Detach(Tensor.RandN([4, 3], generator));
        var before = LivingTensors.Settled();
        for (var i = 0; i < 2; i++)
        {
            network.Fit(source, labels, target, new() { Steps = 3, BatchSize = 2 }, generator);
            foreach (var parameter in network.Parameters()) parameter.Value.Grad = null;
        }
        Assert.Equal(before, Tensor.Living);
    }
}
