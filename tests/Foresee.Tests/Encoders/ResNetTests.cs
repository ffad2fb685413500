using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class ResNetTests
{
    private const long Of161 = 303_162_560;

    /// <summary>
    /// Of torchvision's networks, less the fourth stack and the classifier; the 161 from the paper's "305 M" and its shapes.
    /// </summary>
    public static TheoryData<string, PatchEncoderOptions, long, int> Sizes => new()
    {
        { "18", ResNet.Of18(3, 64), 2_778_304, 256 },
        { "34", ResNet.Of34(3, 64), 8_160_448, 256 },
        { "50", ResNet.Of50(3, 64), 8_512_704, 1024 },
        { "101", ResNet.Of101(3, 64), 27_452_608, 1024 },
        { "161", ResNet.Of161(3, 80), Of161, 4096 },
        { "18, four stacks", ResNet.Of18(3, 64, stacks: 4), 11_166_912, 512 },
        { "34, four stacks", ResNet.Of34(3, 64, stacks: 4), 21_267_648, 512 },
        { "50, four stacks", ResNet.Of50(3, 64, stacks: 4), 23_454_912, 2048 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_network_has_as_many_convolution_weights_as_the_published_one(string name, PatchEncoderOptions options, long weights,
        int features)
    {
        Assert.True(weights == options.ConvolutionWeights(),
            $"ResNet-{name} should have {weights} convolution weights, has {options.ConvolutionWeights()}");
        Assert.Equal(features, options.Features);
    }

    [Fact]
    public void The_161_has_161_layers_and_its_third_stack_almost_all_weights()
    {
        var options = ResNet.Of161(3, 80);
        Assert.Equal(53, options.Blocks.Count);
        Assert.Equal(161, 3 * options.Blocks.Count + 2); // three convolutions a block, the stem, the classifier that comes on top
        Assert.Equal(46, options.Blocks.Count(block => block is { Width: 4096, BottleneckWidth: 512 }));
        Assert.Equal(301.7, (Of161 - (options with { Blocks = [.. options.Blocks.Take(7)] }).ConvolutionWeights()) / 1e6, 0.05);
        Assert.Equal(Activations.Recompute, options.Activations);
    }

    [Fact]
    public void The_161_as_built_holds_these_weights() // 1.2 GB for a moment
    {
        using var generator = new Generator(0);
        using var encoder = new PatchEncoder(ResNet.Of161(3, 80), generator);
        Assert.Equal(Of161, encoder.Parameters().Where(p => p.Value.Dimensions == 4)
            .Sum(p => p.Value.Shape.Aggregate(1L, (a, b) => a * b)));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    public void A_patch_of_any_usual_size_becomes_one_vector(int patch)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(1);
        foreach (var options in new[] { ResNet.Of18(1, patch, wide: 2), ResNet.Of50(3, patch) })
        {
            using var encoder = new PatchEncoder(options, generator);
            var z = encoder.Forward(Tensor.RandN([2, options.Channels, patch, patch], generator));
            Assert.Equal([2, options.Features], z.Shape);
            Assert.True(z.Variance(1).Min().ToDouble() is > 0 and < double.PositiveInfinity, $"{options} gives {z}");
        }
    }

    [Fact]
    public void Wide_multiplies_all_widths()
    {
        var (narrow, wide) = (ResNet.Of18(3, 32), ResNet.Of18(3, 32, wide: 2));
        Assert.Equal(2 * narrow.Stem, wide.Stem);
        Assert.Equal(narrow.Blocks.Select(block => 2 * block.Width), wide.Blocks.Select(block => block.Width));
        Assert.Throws<ArgumentException>(() => ResNet.Of18(3, 32, wide: 0));
        Assert.Throws<ArgumentException>(() => ResNet.Of18(3, 32, stacks: 5));
    }
}
