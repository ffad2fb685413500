using Foresee.Benchmarks.Scale;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Benchmarks.Tests.Scale;

public sealed class NetworksTests
{
    [Fact]
    public void Weights_are_those_of_the_built_networks()
    {
        InputFormat small = new(32, 32, 3), large = new(96, 96, 3);
        Built(new SimClrOptions(ConvEncoderOptions.ResNet50(large, width: 4)) { HeadWidth = 24, Projection = 6 }, large);
        Built(new SimClrOptions(ConvEncoderOptions.ResNet18(small, width: 4)) { HeadWidth = 24 }, small);
        Built(new CpcV2Options
        {
            Encoder = new(48, 24, new(3, 4, 7, 2, [new(8, 4), new(12, 4, Stride: 2), new(12, 4)]) { StemPool = 2 }),
            Offsets = [2],
            ContextBottleneckWidth = 5,
            ContextDepth = 2,
            TargetSize = 7,
        }, large);
    }

    private static void Built(MethodOptions options, InputFormat input)
    {
        using var generator = new Generator(0);
        using var method = options.Build(new(input, generator, Device.Cpu));
        var counted = options is SimClrOptions simClr ? Networks.Of(simClr, input) : Networks.Of((CpcV2Options)options, input);
        Assert.Equal(method.Network.Parameters().Sum(parameter => parameter.Value.Elements), counted.Sum(layer => layer.Weights));
    }

    [Fact]
    public void Published_networks_have_their_published_size()
    {
        // torchvision: ResNet-50 has 25,557,032 weights, 2,049,000 of them in the layer of 1,000 classes, and 4.09 G multiply-adds.
        var head = 2048 * 2048 + 2048 + 2048 * 128 + 128;
        Assert.Equal(25557032 - 2049000 + head, PaperCases.SimClr.Work.Weights);
        Assert.Equal(2 * (4.089e9 - 2048 * 1000 + head), PaperCases.SimClr.Work.Forward, 0.01e9);
        // docs/methods/cpc-v2.md: 303.2 M convolution weights in the encoder, 355.6 M weights in all
        Assert.Equal(355.6e6, PaperCases.CpcV2.Work.Weights, 0.1e6);
    }

    [Fact]
    public void Multiply_adds_of_a_patch_encoder_are_those_counted_by_hand()
    {
        var input = new InputFormat(12, 12, 1);
        var method = new CpcV2Options
        {
            Encoder = new(6, 6, new(1, 2, 3, 1, [new(3, 2, 2)])),
            Directions = [],
            Offsets = [1],
            TargetSize = 7,
            CandidateImages = 1,
        };
        // 4 patches: stem 9 taps, 1 to 2 channels, and 2 to 2 at 6·6; 9 taps 2 to 2, 2 to 3 and the shortcut at 3·3; targets
        var expected = 4 * (36 * 9 * 2 + 36 * 4 + 9 * 9 * 4 + 9 * 6 + 9 * 6 + 3 * 7);
        Assert.Equal(expected, Networks.Of(method, input).Sum(layer => layer.MultiplyAdds));
    }
}
