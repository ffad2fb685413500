using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods;

public sealed class AutoencoderTests
{
    private static readonly InputFormat uniform = MethodFixtures.Input with { Std = [0.2887, 0.2887, 0.2887] }; // of noise in 0..1

    [Fact]
    public void Before_learning_the_loss_is_near_the_variance_and_ten_images_are_learnt()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new Autoencoder(new AutoencoderOptions(MethodFixtures.Encoder), new(uniform, generator, Device.Cpu));
        var coarse = Tensor.Rand([10, 3, 8, 8], generator);                                  // can be told in few numbers
        var images = (Tensor.Invoke("aten::upsample_nearest2d", "", coarse, new long[] { 32, 32 }) * 255).To(DType.UInt8);
        var inputs = method.Prepare(Batches.Of(images), generator);
        var first = method.Loss(inputs);
        Assert.Equal(1, first.ChanceLevel);
        Assert.InRange(first.Total.ToDouble(), 0.7, 1.5);
        using var optimiser = new Adam(method.Network.Parameters(), 3e-3);
        for (var step = 0; step < 60; step++)
        {
            using var inner = TensorScope.Begin();
            optimiser.ZeroGrad();
            method.Loss(inputs).Total.Backward();
            optimiser.Step();
        }
        Assert.InRange(method.Loss(inputs).Total.ToDouble(), 0, 0.4);
    }

    [Fact]
    public void A_quarter_of_the_pixels_is_masked_in_all_channels_and_the_target_is_whole()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new Autoencoder(new DenoisingAutoencoderOptions(MethodFixtures.Encoder), new(uniform, generator, Device.Cpu));
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(16, generator)), generator).Tensors;
        var lost = inputs[1].Equal(0).To(DType.Float32);                                     // [16, 3, 32, 32]
        Assert.InRange(lost.Mean().ToDouble(), 0.23, 0.27);
        Assert.Equal(0, (lost - lost.Narrow(1, 0, 1)).Abs().Max().ToDouble());
        var kept = inputs[1].Equal(0).Equal(0).To(DType.Float32);
        Assert.Equal(0, ((inputs[0] - inputs[1]) * kept).Abs().Max().ToDouble());
        Assert.InRange(inputs[0].Equal(0).To(DType.Float32).Mean().ToDouble(), 0, 0.01);
    }

    [Fact]
    public void Noise_has_the_deviation_asked_for()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var x = Tensor.Zeros([4, 3, 32, 32]);
        Assert.InRange(Autoencoder.Corrupted(x, 0, 0.3, generator).Square().Mean().Sqrt().ToDouble(), 0.29, 0.31);
    }

    [Fact]
    public void Pictures_are_input_target_and_output_of_the_images_size()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var method = new Autoencoder(new DenoisingAutoencoderOptions(MethodFixtures.Encoder) { Augmentation = new() },
            new(uniform, generator, Device.Cpu));
        var images = MethodFixtures.Images(2, generator);
        var pictures = method.Pictures(Batches.Of(images), generator);
        Assert.Equal(3, pictures.Count);
        Assert.All(pictures, picture => Assert.Equal([2, 3, 32, 32], picture.Shape));
        Assert.InRange((pictures[1] - images.To(DType.Float32) / 255).Abs().Max().ToDouble(), 0, 1e-5);
    }
}
