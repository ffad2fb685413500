using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

public sealed class ModeTests
{
    private static Tensor Leaf()
    {
        var x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        return x;
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients_and_again_with_them()
    {
        using var scope = TensorScope.Begin();
        var x = Leaf();
        using (Autograd.NoGrad())
        {
            Assert.False((x * 2).RequiresGrad);
            using (Autograd.EnableGrad()) Assert.True((x * 2).RequiresGrad);
            Assert.False((x * 2).RequiresGrad);
        }
        Assert.True((x * 2).RequiresGrad);
    }

    [Fact]
    public void Tensors_of_inference_mode_can_never_take_part_in_gradients()
    {
        using var scope = TensorScope.Begin();
        var x = Leaf();
        Tensor y;
        using (Autograd.Inference()) y = x * 2;
        Assert.False(y.RequiresGrad);
        Assert.Contains("inference", Assert.Throws<TorchException>(() => (x * y).Sum().Backward()).Message,
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Gradients_on_demand_leave_grad_alone_and_name_unused_inputs_by_null()
    {
        using var scope = TensorScope.Begin();
        Tensor x = Leaf(), unused = Leaf();
        var gradients = Autograd.Gradients([(x * 3).Sum()], [x, unused]);
        Assert.Equal([3f, 3], gradients[0]!.ToArray<float>());
        Assert.Null(gradients[1]);
        Assert.Null(x.Grad);
    }

    [Fact]
    public void A_library_that_is_missing_or_none_is_refused_by_name()
    {
        Assert.Contains("/nowhere/x.so", Assert.Throws<TorchException>(() => Operator.LoadLibrary("/nowhere/x.so")).Message,
            StringComparison.Ordinal);
        var file = Fixtures.Path("float32.npy");
        Assert.Contains(file, Assert.Throws<TorchException>(() => Operator.LoadLibrary(file)).Message, StringComparison.Ordinal);
    }
}
