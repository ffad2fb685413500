using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class ConvEncoderTests
{
    private static readonly InputFormat Small = new(32, 32, 3), Large = new(224, 224, 3);

    private static ConvEncoder Build(ConvEncoderOptions options, InputFormat input, ulong seed = 1)
    {
        using var generator = new Generator(seed);
        return new(options, input, generator);
    }

    /// <summary>torchvision's resnet18 has 11,689,512 parameters, 513,000 of them in its last layer.</summary>
    [Fact]
    public void ResNet_18_has_the_parameters_and_the_names_of_torchvisions()
    {
        using var encoder = Build(ConvEncoderOptions.ResNet18(Large), Large);
        Assert.Equal(11_689_512 - 513_000, encoder.Parameters().Sum(p => p.Value.Elements));
        var names = encoder.State().Select(tensor => tensor.Name).ToHashSet();
        Assert.Equal(120, names.Count); // 20 convolutions, and 20 norms of five tensors each
        string[] some = ["conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
            "layer2.0.downsample.1.bias",
            "layer4.1.bn2.num_batches_tracked"];
        Assert.All(some, name => Assert.Contains(name, names));
        Assert.DoesNotContain("layer1.0.downsample.0.weight", names);
        Assert.Equal([64, 3, 7, 7], encoder.State().First(tensor => tensor.Name == "conv1.weight").Value.Shape);
    }

    [Theory]
    [InlineData(ResidualOrder.Plain)]
    [InlineData(ResidualOrder.PreActivation)]
    public void The_grid_is_what_its_layers_make_one_by_one(ResidualOrder order)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var encoder = Build(new(8, [1, 2], order, ConvStem.Small), Small);
        using var generator = new Generator(2);
        var x = Tensor.RandN([5, 3, 32, 32], generator);
        var state = encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        Tensor Conv(string name, Tensor of, int stride) =>
            of.Conv2d(state[$"{name}.weight"], null, [stride, stride], state[$"{name}.weight"].Size(2) == 3 ? [1, 1] : [0, 0]);
        Tensor Norm(string name, Tensor of) // by the batch's own mean and variance
        {
            var mean = of.Mean([0, 2, 3]).View(1, -1, 1, 1);
            var variance = (of - mean).Square().Mean([0, 2, 3]).View(1, -1, 1, 1);
            return (of - mean) / (variance + 1e-5).Sqrt() * state[$"{name}.weight"].View(1, -1, 1, 1) + state[$"{name}.bias"]
                .View(1, -1, 1, 1);
        }
        Tensor Block(string name, Tensor of, int stride, bool shortcut)
        {
            if (order == ResidualOrder.Plain)
            {
                var y = Norm($"{name}.bn2", Conv($"{name}.conv2", Norm($"{name}.bn1", Conv($"{name}.conv1", of, stride)).Relu(), 1));
                return (y + (shortcut ? Norm($"{name}.downsample.1", Conv($"{name}.downsample.0", of, stride)) : of)).Relu();
            }
            var h = Norm($"{name}.norm1", of).Relu();
            var inner = Conv($"{name}.conv2", Norm($"{name}.norm2", Conv($"{name}.conv1", h, stride)).Relu(), 1);
            return inner + (shortcut ? Conv($"{name}.shortcut", h, stride) : of);
        }
        var expected = Conv("conv1", x, 1);
        if (order == ResidualOrder.Plain) expected = Norm("bn1", expected).Relu();
        expected = Block("layer1.0", expected, 1, shortcut: false);
        expected = Block("layer2.1", Block("layer2.0", expected, 2, shortcut: true), 1, shortcut: false);
        if (order == ResidualOrder.PreActivation) expected = Norm("norm", expected).Relu();

        var grid = encoder.Grid(x); // in training: the batch's statistics
        Assert.Equal([5, 16, 16, 16], grid.Shape);
        var difference = (grid - expected.Permute(0, 2, 3, 1)).Abs().Max().ToDouble();
        Assert.True(difference < 1e-4, $"the largest difference is {difference}");
    }

    [Fact]
    public void Stages_go_from_fine_to_coarse_and_the_last_is_the_grid()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var encoder = Build(ConvEncoderOptions.ResNet18(Small, width: 4), Small);
        encoder.Train(false);
        using var generator = new Generator(2);
        var x = Tensor.RandN([2, 3, 32, 32], generator);
        var stages = encoder.Stages(x);
        Assert.Equal([4, 8, 16, 32], stages.Select(stage => stage.Size(1)));
        Assert.Equal([32, 16, 8, 4], stages.Select(stage => stage.Size(2)));
        Assert.Equal(encoder.Grid(x).ToArray<float>(), stages[^1].Permute(0, 2, 3, 1).ToArray<float>());
    }

    [Fact]
    public void The_file_gives_back_options_input_running_statistics_and_features()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var input = Small with { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.2, 0.3] };
        using var encoder = Build(ConvEncoderOptions.Small(input, width: 4), input);
        using var generator = new Generator(3);
        var x = Tensor.RandN([6, 3, 32, 32], generator);
        encoder.Grid(x); // moves the running statistics
        encoder.Train(false);
        var folder = Directory.CreateTempSubdirectory("foresee-conv-").FullName;
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), encoder);
        using (var read = EncoderFile.Read(folder))
        {
            Assert.Equal((encoder.Options, encoder.Input), (read.Options, read.Input));
            Assert.Equal(encoder.Grid(x).ToArray<float>(), read.Grid(x).ToArray<float>());
        }
        var message = Assert.Throws<ArgumentException>(() => TrainedEncoder.Load(folder, Device.Cpu, stride: 4)).Message;
        Assert.Contains("sees whole images, not patches", message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Images_too_small_for_its_stages_are_refused_with_sizes_and_a_remedy()
    {
        var message = Assert.Throws<ArgumentException>(() =>
            Build(new(8, [1, 1, 1, 1, 1], ResidualOrder.Plain, ConvStem.Large), Small)).Message;
        Assert.Contains("images of 32 x 32 px are too small for an encoder that reduces them 64 times", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, ConvStem.Small, 8)]
    [InlineData(64, ConvStem.Medium, 8)]
    [InlineData(128, ConvStem.Large, 8)]
    public void The_small_network_sees_any_size_in_about_as_many_cells(int side, ConvStem stem, int cells)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(1);
        var options = ConvEncoderOptions.Small(new(side, side, 3), width: 8);
        Assert.Equal(stem, options.Stem);
        using var encoder = new ConvEncoder(options, new(side, side, 3), generator);
        Assert.Equal([1L, cells, cells, 32], encoder.Grid(Tensor.RandN([1, 3, side, side], generator)).Shape);
    }
}
