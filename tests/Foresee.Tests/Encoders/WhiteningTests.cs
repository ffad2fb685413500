using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class WhiteningTests
{
    private static readonly PatchEncoderOptions Options =
        PatchEncoderOptions.PatchEmbedding(2, 4, width: 32, features: 16) with { Whitening = 0.02 };

    /// <summary>[N, 2, 4, 4]: neighbours are alike, as in photographs.</summary>
    private static Tensor Smooth(Generator generator, int count = 4000) =>
        Tensor.RandN([count, 2, 1, 1], generator) + Tensor.RandN([count, 2, 4, 1], generator) * 0.3
            + Tensor.RandN([count, 2, 4, 4], generator) * 0.1 + 0.5;

    [Fact]
    public void What_passed_the_filter_has_the_same_variance_in_all_directions()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var x = Smooth(generator);
        var white = x.Flatten(1).MatMul(Whitening.Of(x, Options with { Whitening = 1e-6 })); // symmetric: P x and x P are the same
        white -= white.Mean([0], keep: true);
        var covariance = white.Transpose(0, 1).MatMul(white) / white.Size(0);
        Assert.Equal(0, (covariance - Tensor.Invoke("aten::eye", "", 32L)).Abs().Max().ToDouble(), 2e-3);
        // Before it a few directions held nearly all.
        var before = x.Flatten(1) - x.Flatten(1).Mean([0], keep: true);
        Assert.True((before.Transpose(0, 1).MatMul(before) / before.Size(0)).Abs().Max().ToDouble() > 0.8);
    }

    [Fact]
    public void Epsilon_is_added_to_each_variance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var x = Tensor.RandN([20000, 2, 4, 4], generator) * 2; // variance 4 everywhere
        var filter = Whitening.Of(x, Options with { Whitening = 5 });
        Assert.Equal(0, (filter - Tensor.Invoke("aten::eye", "", 32L) / 3).Abs().Max().ToDouble(), 0.01);
    }

    [Fact]
    public void The_encoder_is_the_plain_one_whose_stem_has_the_filter_in_it()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var whitened = new PatchEncoder(Options, generator);
        using var plain = new PatchEncoder(Options with { Whitening = 0 }, generator);
        var x = Smooth(generator, 500);
        whitened.Whiten(x);
        var (from, to) = (whitened.Parameters().ToDictionary(p => p.Name, p => p.Value), plain.Parameters()
            .ToDictionary(p => p.Name, p => p.Value));
        var filter = Whitening.Of(x, Options); // [K, K]
        using (Autograd.NoGrad())
        {
            foreach (var (name, value) in to) value.Copy_(from[name]);
            to["stem.weight"].Copy_(from["stem.weight"].Flatten(1).MatMul(filter).Reshape(32, 2, 4, 4));
        }
        FusedEncoderTests.Close(plain.Forward(x), whitened.Forward(x), "features");

        Tensor[] Gradient(PatchEncoder encoder, Tensor weight) =>
            [.. Autograd.Gradients([(encoder.Forward(x) * x.Flatten(1).Narrow(1, 0, 16)).Sum()], [weight])!];
        var expected = Gradient(plain, to["stem.weight"])[0].Flatten(1).MatMul(filter.Transpose(0, 1)); // W = V P: dV = dW Pᵀ
        FusedEncoderTests.Close(expected.Reshape(32, 2, 4, 4), Gradient(whitened, from["stem.weight"])[0], "gradients");
    }

    [Fact]
    public void The_filter_is_kept_in_the_file()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var grid = PatchGrids.Build(Options, 8, 4, 4, generator, mean: 0, std: 1);
        var (encoder, x) = (grid.Network, Smooth(generator, 500));
        encoder.Whiten(x);
        var file = Path.Combine(Directory.CreateTempSubdirectory("foresee-").FullName, "encoder.safetensors");
        EncoderFile.Write(file, grid);
        using (var read = (PatchGridEncoder)EncoderFile.Read(file))
        {
            Assert.Equal(Options, read.Network.Options);
            Assert.Equal(encoder.Forward(x).ToArray<float>(), read.Network.Forward(x).ToArray<float>());
        }
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }
}
