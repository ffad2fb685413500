using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class FusedEncoderTests
{
    public static TheoryData<string, PatchEncoderOptions, int> Encoders => new()
    {
        { "small, grey", PatchEncoderOptions.Small8(1), 8 },
        { "small, RGB", PatchEncoderOptions.Small8(3), 8 },
        { "16 px", PatchEncoderOptions.Small16(3), 16 },
        { "32 px", PatchEncoderOptions.Small32(1), 32 },
        { "whole patches", PatchEncoderOptions.PatchEmbedding(1, 8), 8 },
        { "whitened, whole patches", PatchEncoderOptions.PatchEmbedding(3, 8) with { Whitening = 0.1 }, 8 },
        { "whitened, small", PatchEncoderOptions.Small8(3) with { Whitening = 0.1 }, 8 },
        { "half a panel over, 9 px", new(3, 40, 3, 1, [new(264, 40, 2), new(264, 40)]), 9 },
        { "whole patches, RGB", PatchEncoderOptions.PatchEmbedding(3, 6, width: 64, features: 32), 6 },
    };

    [Theory]
    [MemberData(nameof(Encoders))]
    public void Features_and_gradients_equal_those_of_libtorchs_operators(string name, PatchEncoderOptions options, int side)
    {
        // Where the input of one ReLU lies within rounding of 0 its gradient may go either way: some seeds differ by it, as libtorch does
        // from its own Float64; the median does not.
        var differences = Enumerable.Range(1, 5).Select(seed => Difference(options, side, (ulong)seed)).Order().ToArray();
        Assert.True(differences[2] < 1e-5 && differences[4] < 0.1, $"{name}: relative differences {string.Join(", ", differences)}");
    }

    /// <summary>The largest over features and all gradients, relative to the largest number of each.</summary>
    private static double Difference(PatchEncoderOptions options, int side, ulong seed)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        using var encoder = new PatchEncoder(options, generator);
        var x = Tensor.RandN([29, options.Channels, side, side], generator); // no multiple of a chunk
        if (options.Whitening > 0) encoder.Whiten(x * Tensor.RandN([1, options.Channels, side, side], generator));
        var slope = Tensor.RandN([29, options.Features], generator);
        Tensor[] weights = [.. encoder.Parameters().Select(p => p.Value)];
        using (Autograd.NoGrad())
            foreach (var weight in weights) weight.Add_(Tensor.RandN(weight.Shape, generator) * 0.05); // norms are not at 1 and 0

        Tensor[] Run()
        {
            var features = encoder.Forward(x);
            return [features, .. Autograd.Gradients([(features * slope).Sum()], weights).Select(g => g!)];
        }

        var fused = Run();
        encoder.Compute(new Arithmetic(DType.Float32, Plain: true));
        return Run().Zip(fused, Relative).Max();
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
        var relative = Relative(expected, actual);
        Assert.True(relative < 1e-5, $"{what} differ by {relative} of their largest number");
    }

    private static double Relative(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        return (expected - actual).Abs().Max().ToDouble() / Math.Max(expected.Abs().Max().ToDouble(), 1e-3);
    }
}
