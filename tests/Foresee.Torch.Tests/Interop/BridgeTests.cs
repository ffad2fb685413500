using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests;

public sealed class BridgeTests
{
    [Fact]
    public void Adds_two_tensors_through_the_registry()
    {
        using var scope = TensorScope.Begin();
        var sum = Tensor.Invoke("aten::add", "Tensor", Tensor.From([1f, 2f]), Tensor.From([10f, 20f]), 2);
        Assert.Equal([21f, 42f], sum.ToArray<float>());
    }

    [Fact]
    public void An_error_carries_the_message_without_a_trace()
    {
        using var scope = TensorScope.Begin();
        var error = Assert.Throws<TorchException>(() => Tensor.Zeros([2, 3]).MatMul(Tensor.Zeros([2, 3])));
        Assert.Contains("2x3 and 2x3", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception raised from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_operator_is_named() =>
        Assert.Contains("aten::nonsense", Assert.Throws<TorchException>(() => Operator.Find("aten::nonsense")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Shared_memory_is_seen_from_both_sides()
    {
        var data = new[] { 1f, 2f, 3f };
        using var tensor = Tensor.Share(data, 3);
        tensor.Mul_(2);
        Assert.Equal([2f, 4f, 6f], data);
        data[0] = 7;
        Assert.Equal([7f, 4f, 6f], tensor.ToArray<float>());
    }

    [Fact]
    public void A_scope_leaves_nothing_but_what_was_kept()
    {
        var before = LivingTensors.Settled();
        Tensor kept;
        using (var scope = TensorScope.Begin())
        {
            var x = Tensor.Ones([4]);
            kept = scope.Keep(x + 1);
            _ = x * 3;
        }
        Assert.Equal(before + 1, Tensor.Living);
        Assert.Equal([2f, 2f, 2f, 2f], kept.ToArray<float>());
        kept.Dispose();
        Assert.Equal(before, Tensor.Living);
    }

    private sealed class Cube : CustomFunction
    {
        private Tensor? x;

        protected override Tensor[] Forward(Tensor[] inputs)
        {
            x = Save(inputs[0]);
            return [x * x * x];
        }

        protected override Tensor?[] Backward(Tensor?[] gradients) => [gradients[0]! * x!.Square() * 3];
    }

    private sealed class Broken : CustomFunction
    {
        protected override Tensor[] Forward(Tensor[] inputs) => [inputs[0] * 2];
        protected override Tensor?[] Backward(Tensor?[] gradients) => throw new InvalidOperationException("no way back");
    }

    [Fact]
    public void A_custom_function_has_its_own_gradient_and_frees_what_it_saved()
    {
        var before = LivingTensors.Settled();
        using (var scope = TensorScope.Begin())
        {
            var x = Tensor.From([1f, -2f, 3f]);
            x.RequiresGrad = true;
            new Cube().Apply(x)[0].Sum().Backward();
            Assert.Equal([3f, 12f, 27f], x.Grad!.ToArray<float>());
        }
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void A_custom_function_is_not_recorded_without_gradients()
    {
        var before = LivingTensors.Settled();
        using (var scope = TensorScope.Begin())
        {
            var x = Tensor.From([1f, -2f, 3f]);
            x.RequiresGrad = true;
            foreach (var mode in new Func<IDisposable>[] { Autograd.NoGrad, Autograd.Inference })
            {
                Tensor y;
                using (mode())
                {
                    Assert.False(Autograd.Recording);
                    y = new Cube().Apply(x)[0];
                }
                Assert.True(Autograd.Recording);
                Assert.False(y.RequiresGrad);
                Assert.True(y.IsLeaf);
                Assert.Equal([1f, -8f, 27f], y.ToArray<float>());
            }
            using (Autograd.NoGrad())
            using (Autograd.EnableGrad())
                Assert.True(new Cube().Apply(x)[0].RequiresGrad);
        }
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void A_failing_backward_in_CSharp_arrives_as_an_exception()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.Ones([1]);
        x.RequiresGrad = true;
        var y = new Broken().Apply(x)[0];
        Assert.Contains("no way back", Assert.Throws<TorchException>(() => y.Backward()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generator_continues_from_its_saved_state()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        _ = Tensor.Rand([3], generator);
        var state = generator.State.Clone();
        var next = Tensor.Rand([3], generator).ToArray<float>();
        generator.State = state;
        Assert.Equal(next, Tensor.Rand([3], generator).ToArray<float>());
    }
}
