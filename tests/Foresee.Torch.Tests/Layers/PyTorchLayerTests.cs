using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

/// <summary>Outputs, gradients and running statistics of every layer against PyTorch's.</summary>
public sealed class PyTorchLayerTests
{
    private static readonly Dictionary<string, Func<Generator, Module>> Cases = new()
    {
        ["linear"] = g => new Linear(7, 5, bias: true, g),
        ["linear_no_bias"] = g => new Linear(7, 5, bias: false, g),
        ["linear_3d"] = g => new Linear(6, 4, bias: true, g),
        ["conv"] = g => new Conv2d(3, 8, kernel: 3, stride: 1, padding: 1, bias: true, g),
        ["conv_stride"] = g => new Conv2d(4, 6, kernel: 3, stride: 2, padding: 1, bias: false, g),
        ["conv_1x1"] = g => new Conv2d(5, 4, kernel: 1, stride: 1, padding: 0, bias: true, g),
        ["conv_1x3"] = g => new Conv2d(4, 4, kernel: (1, 3), stride: 1, padding: (0, 1), bias: true, g),
        ["conv_2x1"] = g => new Conv2d(4, 4, kernel: (2, 1), stride: 1, padding: 0, bias: true, g),
        ["conv_groups"] = g => new Conv2d(4, 8, kernel: 3, stride: 1, padding: 1, bias: true, g, groups: 2),
        ["channel_layer_norm"] = _ => new ChannelLayerNorm(6),
        ["batch_norm_1d"] = _ => new BatchNorm1d(6),
        ["batch_norm_1d_length"] = _ => new BatchNorm1d(4),
        ["batch_norm_1d_use"] = _ => new BatchNorm1d(6),
        ["batch_norm_1d_no_affine"] = _ => new BatchNorm1d(6, affine: false),
        ["batch_norm_2d"] = _ => new BatchNorm2d(4, momentum: 0.3),
        ["group_norm"] = _ => new GroupNorm(2, 6),
        ["relu"] = _ => new Relu(),
        ["gelu"] = _ => new Gelu(),
        ["max_pool"] = _ => new MaxPool2d(3, 2, 1),
        ["avg_pool"] = _ => new AvgPool2d(2),
        ["avg_pool_padded"] = _ => new AvgPool2d(3, 2, 1),
        ["global_avg_pool"] = _ => new GlobalAvgPool2d(),
        ["flatten"] = _ => new Flatten(),
        ["sequential"] = g => new Sequential(
            new Conv2d(2, 4, kernel: 3, stride: 2, padding: 1, bias: true, g), new ChannelLayerNorm(4), new Relu(),
            new Conv2d(4, 6, kernel: 1, stride: 1, padding: 0, bias: true, g), new BatchNorm2d(6), new Gelu(), new MaxPool2d(2),
            new Flatten(),
            new Linear(24, 3, bias: true, g)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    public static TheoryData<string> WithMultiplication =>
        ["linear", "linear_no_bias", "linear_3d", "conv", "conv_stride", "conv_1x1", "conv_1x3", "conv_groups"];

    [Theory, MemberData(nameof(Names))]
    public void A_layer_equals_PyTorchs_forward_and_backward(string name)
    {
        using var fixture = Fixtures.Open("layers");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var layer = Cases[name](generator);
        layer.Load(fixture.Below(name + "/state/"));
        layer.Train(!name.EndsWith("_use", StringComparison.Ordinal));

        foreach (var format in fixture.Tensors[name + "/x"].Dimensions == 4
            ? new[] { MemoryFormat.Contiguous, MemoryFormat.ChannelsLast }
            : [MemoryFormat.Contiguous])
        {
            layer.Load(fixture.Below(name + "/state/"));
            foreach (var parameter in layer.Parameters()) parameter.Value.Grad = null;
            var x = fixture.Tensors[name + "/x"].Clone().To(format).Detach();
            x.RequiresGrad = true;
            var y = layer.Forward(x);
            Fixtures.Equal(fixture.Tensors[name + "/y"], y, $"{name} {format} y");
            y.Backward(fixture.Tensors[name + "/dy"]);
            Fixtures.Equal(fixture.Tensors[name + "/dx"], x.Grad!, $"{name} {format} dx");
            var gradients = fixture.Below(name + "/gradient/");
            Assert.Equal(gradients.Keys.Order(), layer.Parameters().Select(p => p.Name).Order());
            foreach (var parameter in layer.Parameters())
                Fixtures.Equal(gradients[parameter.Name], parameter.Value.Grad!, $"{name} {format} d{parameter.Name}");
            var after = fixture.Below(name + "/after/");
            Assert.Equal(after.Keys.Order(), layer.Buffers().Select(b => b.Name).Order());
            foreach (var buffer in layer.Buffers()) Fixtures.Equal(after[buffer.Name], buffer.Value, $"{name} {format} {buffer.Name}");
        }
    }

    [Fact]
    public void Dropout_equals_PyTorchs_from_the_same_seed_and_does_nothing_in_use()
    {
        using var fixture = Fixtures.Open("layers");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(7);
        using var dropout = new Dropout(0.3, generator);
        var x = fixture.Tensors["dropout/x"];
        Fixtures.Equal(fixture.Tensors["dropout/y"], dropout.Forward(x), "dropout");
        dropout.Train(false);
        Fixtures.Equal(x, dropout.Forward(x), "dropout in use");
    }

    /// <summary>
    /// The truth is the Float32 layer with everything it reads rounded beforehand. The tolerance is 5 roundings (2^-8) of the largest
    /// result, because libtorch sums small products in bf16 itself; large ones, by oneDNN, are sums in Float32.
    /// </summary>
    [Theory, MemberData(nameof(WithMultiplication))]
    public void In_bf16_a_layer_is_near_Float32_over_rounded_values_and_its_weights_stay_Float32(string name)
    {
        using var fixture = Fixtures.Open("layers");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using Module plain = Cases[name](generator), half = Cases[name](generator);
        half.Compute(DType.BFloat16);
        plain.Load(fixture.Below(name + "/state/").ToDictionary(s => s.Key, s => Rounded(s.Value)));
        half.Load(fixture.Below(name + "/state/"));

        var (x, y) = Run(plain, Rounded(fixture.Tensors[name + "/x"]));
        var (halfX, halfY) = Run(half, fixture.Tensors[name + "/x"]);
        Assert.Equal(DType.BFloat16, halfY.DType);
        Near(y, halfY, "y");
        Near(x.Grad!, halfX.Grad!, "dx");
        foreach (var (parameter, twin) in plain.Parameters().Zip(half.Parameters()))
        {
            Assert.Equal(DType.Float32, twin.Value.DType);
            Assert.Equal(DType.Float32, twin.Value.Grad!.DType);
            Near(parameter.Value.Grad!, twin.Value.Grad!, "d" + parameter.Name);
        }

        (Tensor X, Tensor Y) Run(Module layer, Tensor input)
        {
            var leaf = input.Clone().Detach();
            leaf.RequiresGrad = true;
            var result = layer.Forward(leaf);
            result.Backward(fixture.Tensors[name + "/dy"].To(DType.BFloat16).To(result.DType));
            return (leaf, result);
        }
    }

    private static Tensor Rounded(Tensor x) => x.To(DType.BFloat16).To(DType.Float32);

    private static void Near(Tensor expected, Tensor actual, string what)
    {
        var (a, b) = (expected.ToArray<float>(), actual.ToArray<float>());
        var largest = a.Max(Math.Abs);
        for (var i = 0; i < a.Length; i++)
            Assert.True(Math.Abs(a[i] - b[i]) <= 5 * largest / 256, $"{what}[{i}]: expected {a[i]}, got {b[i]}");
    }

    [Fact]
    public void A_channels_last_input_stays_so_through_convolution_and_norm()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var network = new Sequential(new Conv2d(3, 8, kernel: 3, stride: 1, padding: 1, bias: true, generator),
            new ChannelLayerNorm(8), new Relu());
        Assert.True(network.Forward(Tensor.RandN([2, 3, 5, 5], generator).To(MemoryFormat.ChannelsLast)).IsChannelsLast);
        Assert.True(network.Parameters().First().Value.IsChannelsLast);
    }
}
