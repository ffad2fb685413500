using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

public sealed class RecomputeTests
{
    private static Sequential Network(Generator generator) =>
        new(new Conv2d(2, 4, 3, 1, 1, bias: true, generator), new BatchNorm2d(4), new Relu(),
            new Conv2d(4, 3, 3, 2, 1, bias: false, generator));

    private static Tensor[] Gradients(Sequential network, Tensor x, Func<Module, Tensor, Tensor> forward)
    {
        Tensor[] inputs = [x, .. network.Parameters().Select(p => p.Value)];
        var y = forward(network, x);
        return [y, .. Autograd.Gradients([(y * y).Sum()], inputs).Select(g => g!)];
    }

    [Fact]
    public void Results_and_gradients_are_those_of_a_plain_pass()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var network = Network(generator);
        var x = Tensor.RandN([5, 2, 6, 6], generator);
        x.RequiresGrad = true;
        var plain = Gradients(network, x, (n, input) => n.Forward(input));
        var again = Gradients(network, x, Recompute.Forward);
        Assert.Equal(plain.Length, again.Length);
        Assert.All(plain.Zip(again), pair => Assert.Equal(0, (pair.First - pair.Second).Abs().Max().ToDouble(), 1e-6));
        Assert.All(plain, tensor => Assert.True(tensor.Abs().Max().ToDouble() > 0));
    }

    [Fact]
    public void Running_statistics_move_once()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var network = Network(generator);
        var x = Tensor.RandN([5, 2, 6, 6], generator) + 3;
        var before = network.Buffers().Select(b => b.Value.Clone()).ToArray();
        network.Forward(x);
        var once = network.Buffers().Select(b => b.Value.Clone()).ToArray();
        foreach (var (buffer, value) in network.Buffers().Zip(before)) buffer.Value.Copy_(value);
        Recompute.Forward(network, x).Sum().Backward();
        Assert.All(network.Buffers().Zip(once), pair =>
            Assert.Equal(pair.Second.To(DType.Float32).ToArray<float>(), pair.First.Value.To(DType.Float32).ToArray<float>()));
        Assert.All(once.Zip(before), pair => Assert.NotEqual(pair.Second.To(DType.Float32).ToArray<float>(), pair.First.To(DType.Float32)
            .ToArray<float>()));
    }

    [Fact]
    public void Frozen_statistics_are_used_in_both_passes()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var network = Network(generator);
        network.Train(false);
        foreach (var (name, value) in network.Buffers().Select(b => (b.Name, b.Value)))
            if (name.EndsWith("running_var", StringComparison.Ordinal)) value.Fill_(4);
        var x = Tensor.RandN([5, 2, 6, 6], generator);
        x.RequiresGrad = true;
        var plain = Gradients(network, x, (n, input) => n.Forward(input));
        Assert.All(plain.Zip(Gradients(network, x, Recompute.Forward)), pair =>
            Assert.Equal(0, (pair.First - pair.Second).Abs().Max().ToDouble(), 1e-6));
    }

    [Fact]
    public void Only_input_and_result_live_between_the_passes()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var network = Network(generator);
        var x = Tensor.RandN([5, 2, 6, 6], generator);
        var before = LivingTensors.Settled();
        var y = Recompute.Forward(network, x);
        Assert.Equal(before + 2, Tensor.Living); // y, and x as it is kept
        y.Sum().Backward();
        foreach (var parameter in network.Parameters()) parameter.Value.Grad = null;
    }

    [Fact]
    public void Dropout_inside_is_refused_before_it_can_do_harm()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        using var network = new Sequential(new Linear(4, 4, bias: true, generator), new Dropout(0.5, generator));
        var error = Assert.Throws<InvalidOperationException>(() => Recompute.Forward(network, Tensor.Ones([2, 4])));
        Assert.Contains("leave it out", error.Message, StringComparison.Ordinal);
        Assert.Equal([2, 4], network.Forward(Tensor.Ones([2, 4])).Shape); // the refusal leaves no trace
    }
}
