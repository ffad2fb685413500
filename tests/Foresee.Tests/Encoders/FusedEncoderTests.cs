using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Tests.Encoders;

public sealed class FusedEncoderTests
{
    public static TheoryData<string, PatchEncoderOptions, int> Encoders => new()
    {
        { "small, grey", PatchEncoderOptions.Small8(1), 8 },
        { "small, RGB", PatchEncoderOptions.Small8(3), 8 },
        { "16 px", PatchEncoderOptions.Small16(3), 16 },
        { "32 px", PatchEncoderOptions.Small32(1), 32 },
        { "whole patches", PatchEncoderOptions.Whole(1, 8), 8 },
        { "whole patches, RGB", PatchEncoderOptions.Whole(3, 6, width: 64, features: 32), 6 },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Features_and_gradients_equal_those_of_libtorchs_operators(string name, PatchEncoderOptions options, int side)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var encoder = new PatchEncoder(options, generator);
        var x = Tensor.RandN([29, options.Channels, side, side], generator); // no multiple of a chunk
        var slope = Tensor.RandN([29, options.Features], generator);
        Tensor[] weights = [.. encoder.Parameters().Select(p => p.Value)];
        using (Autograd.NoGrad())
            foreach (var weight in weights) weight.Add_(Tensor.RandN(weight.Shape, generator) * 0.05); // norms are not at 1 and 0

        var fused = encoder.Forward(x);
        var fusedGradients = Autograd.Gradients([(fused * slope).Sum()], weights);
        using var plain = Kernels.Off();
        var expected = encoder.Forward(x);
        var gradients = Autograd.Gradients([(expected * slope).Sum()], weights);

        Close(expected, fused, $"{name}: features");
        foreach (var (i, gradient) in gradients.Index()) Close(gradient!, fusedGradients[i]!, $"{name}: gradient {i}");
    }

    [Fact]
    public void Without_gradients_the_features_are_the_same_to_the_last_bit()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var encoder = new PatchEncoder(PatchEncoderOptions.Small8(1), generator);
        var x = Tensor.RandN([50, 1, 8, 8], generator);
        var learning = encoder.Forward(x).ToArray<float>();
        using var noGrad = Autograd.NoGrad();
        Assert.Equal(learning, encoder.Forward(x).ToArray<float>());
    }

    internal static void Close(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var (difference, size) = ((expected - actual).Abs().Max().ToDouble(), expected.Abs().Max().ToDouble());
        Assert.True(difference <= 1e-5 * Math.Max(size, 1e-3), $"{what} differ by {difference} of {size}");
    }
}
