using Foresee.Encoders;
using Foresee.Losses;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Tests;

/// <summary>
/// What doesn't fit together is refused before a kernel reads or writes past an end; what only kernels can't do takes the plain path.
/// </summary>
public sealed class KernelRefusalTests
{
    private static Exception? Refused(Action work)
    {
        using var scope = TensorScope.Begin();
        return Record.Exception(work);
    }

    [Theory]
    [InlineData(64, 100, 8, 64)]  // targets shorter than predictions
    [InlineData(64, 100, 64, 2)]  // too few labels
    [InlineData(64, 0, 64, 64)]   // no candidates
    public void InfoNce_of_tensors_that_do_not_belong_together(int n, int m, int size, int labels)
    {
        using var generator = new Generator(1);
        var error = Refused(() => InfoNce.Compute(Tensor.RandN([n, 64], generator), Tensor.RandN([m, size], generator),
            Tensor.Zeros([labels], DType.Int64)));
        Assert.True(error is TorchException or ArgumentException, error?.ToString() ?? "no error");
    }

    [Fact]
    public void InfoNce_of_doubles_is_computed_as_floats()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var (p, t, y) = (Tensor.RandN([16, 32], generator), Tensor.RandN([24, 32], generator), Tensor.Arange(16));
        Assert.Equal(InfoNce.Compute(p, t, y).Loss.ToDouble(), InfoNce.Compute(p.To(DType.Float64), t.To(DType.Float64), y).Loss.ToDouble(),
            1e-5);
    }

    [Fact]
    public void An_encoder_given_patches_smaller_than_its_stem() =>
        Assert.IsType<TorchException>(Refused(() =>
        {
            using var generator = new Generator(1);
            using var encoder = new PatchEncoder(PatchEncoderOptions.PatchEmbedding(1, 8, 32, 16), generator);
            encoder.Forward(Tensor.RandN([5, 1, 6, 6], generator));
        }));

    [Fact]
    public void An_encoder_given_another_number_of_channels() =>
        Assert.IsType<TorchException>(Refused(() =>
        {
            using var generator = new Generator(1);
            using var encoder = new PatchEncoder(PatchEncoderOptions.Small8(channels: 3), generator);
            encoder.Forward(Tensor.RandN([5, 1, 8, 8], generator));
        }));

    [Fact]
    public void Patches_that_are_not_square_take_the_plain_path()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var encoder = new PatchEncoder(PatchEncoderOptions.Small8(channels: 1), generator);
        var patches = Tensor.RandN([5, 1, 8, 12], generator);
        var given = encoder.Forward(patches).ToArray<float>();
        encoder.Compute(new Arithmetic(DType.Float32, Plain: true));
        Assert.Equal(encoder.Forward(patches).ToArray<float>(), given);
    }

    [Theory]
    [InlineData(2, 24)] // another D than the weights have
    [InlineData(0, 16)] // no image
    public void Predictions_from_a_grid_that_does_not_fit(int images, int features)
    {
        using var generator = new Generator(1);
        using var predictor = new DirectionPredictor(Direction.Down, 16, 8, 2, 8, [2], generator);
        var error = Refused(() => predictor.Predict(Tensor.RandN([images, 5, 5, features], generator), 1, 0.1));
        Assert.True(error is TorchException or ArgumentException, error?.ToString() ?? "no error");
    }

    [Fact]
    public void A_batch_norm_of_another_number_of_channels() =>
        Assert.IsType<TorchException>(Refused(() =>
        {
            using var generator = new Generator(1);
            using var norm = new BatchNorm2d(8);
            norm.ReluPool(Tensor.RandN([2, 64, 4, 4], generator));
        }));
}
