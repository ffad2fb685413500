using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

public sealed class ModuleTests
{
    private static Sequential Network(Generator generator) => new(new Linear(3, 4, bias: true, generator), new BatchNorm1d(4));

    [Fact]
    public void State_has_PyTorchs_names_in_PyTorchs_order()
    {
        using var generator = new Generator(0);
        using var network = Network(generator);
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"],
            network.State().Select(s => s.Name));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias"], network.Parameters().Select(s => s.Name));
    }

    [Fact]
    public void Loading_names_all_faults_at_once()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var network = Network(generator);
        var state = network.State().ToDictionary(s => "net." + s.Name, s => s.Value);
        state.Remove("net.0.bias");
        state["net.0.weight"] = Tensor.Zeros([4, 2]);
        state["net.2.weight"] = Tensor.Zeros([1]);
        state["other.weight"] = Tensor.Zeros([1]);
        var message = Assert.Throws<ArgumentException>(() => network.Load(state, "net.")).Message;
        Assert.Contains("missing: net.0.bias", message, StringComparison.Ordinal);
        Assert.Contains("unexpected: net.2.weight", message, StringComparison.Ordinal);
        Assert.Contains("shape of net.0.weight: needs [4, 3], got [4, 2]", message, StringComparison.Ordinal);
        Assert.DoesNotContain("other.weight", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loaded_state_gives_the_same_results()
    {
        using var scope = TensorScope.Begin();
        using Generator one = new(1), two = new(2);
        using Sequential a = Network(one), b = Network(two);
        var x = Tensor.RandN([5, 3], one);
        _ = a.Forward(x); // moves the running statistics
        b.Load(a.State().ToDictionary(s => s.Name, s => s.Value));
        a.Train(false);
        b.Train(false);
        Assert.Equal(a.Forward(x).ToArray<float>(), b.Forward(x).ToArray<float>());
    }

    [Fact]
    public void Weights_outlive_the_scope_they_were_made_in_and_die_with_the_module()
    {
        using var generator = new Generator(0);
        var before = LivingTensors.Settled();
        Sequential network;
        using (TensorScope.Begin()) network = Network(generator);
        Assert.Equal(4, network.Parameters().First().Value.Size(0));
        network.Dispose();
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Moving_keeps_the_tensor_objects_and_their_values()
    {
        using var generator = new Generator(0);
        using var network = Network(generator);
        var weight = network.Parameters().First().Value;
        var values = weight.ToArray<float>();
        network.To(Device.Cpu);
        Assert.Same(weight, network.Parameters().First().Value);
        Assert.Equal(values, weight.ToArray<float>());
        Assert.True(weight.RequiresGrad);
    }

    [Fact]
    public void A_wrong_number_of_dimensions_is_named()
    {
        using var scope = TensorScope.Begin();
        using var norm = new BatchNorm2d(4);
        Assert.Contains("needs [N, C, H, W]", Assert.Throws<ArgumentException>(() => norm.Forward(Tensor.Zeros([2, 4]))).Message,
            StringComparison.Ordinal);
    }
}
