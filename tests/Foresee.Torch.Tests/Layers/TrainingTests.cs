using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Torch.Tests.Layers;

public sealed class TrainingTests
{
    private static Sequential SmallNetwork(Generator generator) => new(
        new Conv2d(1, 4, kernel: 3, stride: 1, padding: 1, bias: true, generator), new ChannelLayerNorm(4), new Relu(),
        new Conv2d(4, 4, kernel: 3, stride: 2, padding: 1, bias: false, generator), new BatchNorm2d(4), new Relu(),
        new Flatten(), new Linear(4 * 4 * 4, 3, bias: true, generator));

    [Theory]
    [InlineData(DType.Float32)]
    [InlineData(DType.BFloat16)]
    public void A_small_network_fits_ten_images(DType compute)
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(1);
        using var network = SmallNetwork(generator);
        network.Compute(compute);
        using var optimiser = new Adam(network.Parameters(), 0.01);
        var (x, y) = (Tensor.RandN([10, 1, 8, 8], generator), Tensor.RandInt(0, 3, [10], generator));
        var losses = new List<double>();
        for (var step = 0; step < 60; step++)
        {
            using var scope = TensorScope.Begin();
            var loss = Tensor.Invoke("aten::cross_entropy_loss", "", network.Forward(x).To(DType.Float32), y);
            losses.Add(loss.ToDouble());
            optimiser.ZeroGrad();
            loss.Backward();
            optimiser.Step();
        }
        Assert.InRange(losses[0], 0.8, 1.8); // about ln 3
        Assert.InRange(losses[^1], 0, 0.05);
    }
}
