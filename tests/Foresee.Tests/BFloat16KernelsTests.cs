using Foresee.Encoders;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Tests;

/// <summary>
/// The bf16 kernels round the factors of each product to bf16 and nothing else. Where there is one product, it is held against Float32's on
/// factors rounded beforehand;
/// where there are many, against Float32, to which they are about as close as libtorch's bf16.
/// </summary>
public sealed class BFloat16KernelsTests
{
    [BFloat16Fact]
    public void InfoNce_is_that_of_factors_rounded_beforehand()
    {
        foreach (var (n, m, groups) in new[] { (48, 100, 1), (300, 576, 2), (7, 9, 1) }) // odd numbers leave half a word
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(11);
            Tensor p = Rounded(Tensor.RandN([n * groups, 16], generator)), t = Rounded(Tensor.RandN([m * groups, 16], generator));
            p.RequiresGrad = t.RequiresGrad = true;
            var labels = Tensor.From([.. Enumerable.Range(0, n * groups).Select(i => (long)(i / n * m + i * 7 % m))]);
            var expected = InfoNce.Compute(p, t, labels, groups);
            var result = InfoNce.Compute(p, t, labels, groups, DType.BFloat16);
            Assert.Equal(expected.Loss.ToDouble(), result.Loss.ToDouble(), 1e-5);
            Assert.Equal(expected.Correct.ToDouble(), result.Correct.ToDouble(), 1e-6);
            Tensor?[] exact = Autograd.Gradients([expected.Loss], [p, t]), gradients = Autograd.Gradients([result.Loss], [p, t]);
            for (var i = 0; i < 2; i++) // dL/dscores is a factor of both: bf16 has 8 significant bits
                Assert.InRange(Distance(exact[i]!, gradients[i]!), 1e-5, 4e-3);
        }
    }

    [BFloat16Fact]
    public void A_stem_is_the_convolution_of_factors_rounded_beforehand()
    {
        // 27 and 147 numbers under the kernel: odd
        foreach (var options in new PatchEncoderOptions[] { new(3, 48, 3, 1, [new(48, 16)]), new(3, 32, 7, 2, [new(32, 16)]) })
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(3);
            using var encoder = new PatchEncoder(options, generator);
            var x = Rounded(Tensor.RandN([29, 3, 9, 9], generator));
            var (stem, block) = (encoder.Parameters().Single(p => p.Name == "stem.weight").Value, encoder.Parameters()
                .Where(p => p.Value.Dimensions == 4 && p.Name != "stem.weight"));
            using (Autograd.NoGrad())
            {
                stem.Copy_(Rounded(stem));
                foreach (var convolution in block) convolution.Value.Mul_(0); // leaves what enters it
            }
            var slope = Tensor.RandN([29, options.Stem], generator);
            Tensor[] Both()
            {
                var features = encoder.Forward(x);
                return [features, Autograd.Gradients([(features * slope).Sum()], [stem])[0]!];
            }
            var exact = Both();
            encoder.Compute(DType.BFloat16);
            var rounded = Both();
            Assert.InRange(Distance(exact[0], rounded[0]), 0, 1e-6);
            Assert.InRange(Distance(exact[1], rounded[1]), 1e-5, 4e-3); // one of its factors is rounded
        }
    }

    [BFloat16Fact]
    public void An_encoder_is_as_close_to_that_of_Float32_as_libtorchs_bf16()
    {
        foreach (var (options, side) in new[] { (PatchEncoderOptions.Small8(3), 8), (PatchEncoderOptions.Small32(1), 32),
            (PatchEncoderOptions.PatchEmbedding(3, 8) with { Whitening = 0.1 }, 8) })
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(5);
            using var encoder = new PatchEncoder(options, generator);
            var x = Tensor.RandN([29, options.Channels, side, side], generator);
            if (options.Whitening > 0) encoder.Whiten(x * Tensor.RandN([1, options.Channels, side, side], generator));
            var slope = Tensor.RandN([29, options.Features], generator);
            var exact = Run(encoder, x, slope);
            encoder.Compute(DType.BFloat16);
            var fused = Run(encoder, x, slope);
            encoder.Compute(new Arithmetic(DType.BFloat16, Plain: true));
            var slow = Run(encoder, x, slope);
            Assert.InRange(Distance(exact.Features, fused.Features), 1e-5, 1.5 * Distance(exact.Features, slow.Features));
            Assert.InRange(Distance(exact.Gradient, fused.Gradient), 1e-5, 1.5 * Distance(exact.Gradient, slow.Gradient));
        }
    }

    [BFloat16Fact]
    public void An_encoder_of_whole_images_is_as_close_to_that_of_Float32_as_libtorchs_bf16()
    {
        var input = new InputFormat(16, 16, 3);
        foreach (var options in new[] { ConvEncoderOptions.Small(input, 32), ConvEncoderOptions.ResNet18(input, 16),
            new ConvEncoderOptions(16, [1, 1], ResidualOrder.Plain, ConvStem.Large) { Bottlenecks = true } })
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(5);
            using var encoder = new ConvEncoder(options, input, generator);
            var x = Tensor.RandN([9, 3, 16, 16], generator);
            Tensor Slope() => Tensor.RandN(encoder.Grid(x).Shape, new Generator(6));
            (Tensor Features, Tensor Gradient) Through(Arithmetic arithmetic)
            {
                encoder.Compute(arithmetic);
                var features = encoder.Grid(x);
                Assert.Equal(DType.Float32, features.DType);
                var gradients = Autograd.Gradients([(features * Slope()).Sum()], [.. encoder.Parameters().Select(p => p.Value)]);
                return (features, Tensor.Cat([.. gradients.Select(g => g!.Flatten())]));
            }
            var (exact, fused, slow) = (Through(DType.Float32), Through(DType.BFloat16), Through(new(DType.BFloat16, Plain: true)));
            Assert.InRange(Distance(exact.Features, fused.Features), 1e-5, 1.5 * Distance(exact.Features, slow.Features));
            Assert.InRange(Distance(exact.Gradient, fused.Gradient), 1e-5, 1.5 * Distance(exact.Gradient, slow.Gradient));
        }
    }

    [BFloat16Fact]
    public void Predictions_are_as_close_to_those_of_Float32_as_libtorchs_bf16()
    {
        foreach (var direction in Enum.GetValues<Direction>())
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator(5);
            using var predictor = new DirectionPredictor(direction, 32, middle: 16, depth: 3, size: 16, [2, 3], generator);
            var z = Tensor.RandN([9, 5, 6, 32], generator); // an odd number of images
            z.RequiresGrad = true;

            (Tensor Values, Tensor Gradient) Run()
            {
                var values = Tensor.Cat([.. predictor.Predict(z, chunk: 3, scale: 0.1).Select(p => p.Values.Flatten())]);
                using var weights = new Generator(6);
                var gradients = Autograd.Gradients([(values * Tensor.RandN(values.Shape, weights)).Sum()],
                    [z, .. predictor.Parameters().Select(p => p.Value)]);
                return (values, Tensor.Cat([.. gradients.Select(g => g!.Flatten())]));
            }

            var exact = Run();
            predictor.Compute(DType.BFloat16);
            var fused = Run();
            predictor.Compute(new Arithmetic(DType.BFloat16, Plain: true));
            var slow = Run();
            Assert.InRange(Distance(exact.Values, fused.Values), 1e-5, 1.5 * Distance(exact.Values, slow.Values));
            Assert.InRange(Distance(exact.Gradient, fused.Gradient), 1e-5, 1.5 * Distance(exact.Gradient, slow.Gradient));
        }
    }

    private static (Tensor Features, Tensor Gradient) Run(PatchEncoder encoder, Tensor x, Tensor slope)
    {
        var features = encoder.Forward(x);
        var gradients = Autograd.Gradients([(features * slope).Sum()], [.. encoder.Parameters().Select(p => p.Value)]);
        return (features, Tensor.Cat([.. gradients.Select(g => g!.Flatten())]));
    }

    private static Tensor Rounded(Tensor x) => x.To(DType.BFloat16).To(DType.Float32).Detach();

    /// <summary>|a - b| / |a|</summary>
    private static double Distance(Tensor a, Tensor b) => Math.Sqrt(((a - b) * (a - b)).Sum().ToDouble() / (a * a).Sum().ToDouble());
}
