using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Torch.Tests.Layers;

public sealed class LongTrainingTests
{
    private const int WarmUp = 200, Steps = 1000, Batch = 32;

    /// <summary>
    /// One activation of this network, 32 x 8 x 12 x 12 floats, is 147 kB: leaking one a step would add 147 MB. The garbage collector and
    /// the C library move the resident size by a few MB on their own; the limit leaves them 24.
    /// </summary>
    private const long Tolerance = 24L << 20;

    [Fact]
    public void A_thousand_steps_leave_living_tensors_and_resident_memory_as_they_were()
    {
        using var generator = new Generator(1);
        using var network = new Sequential(
            new Conv2d(1, 8, kernel: 3, stride: 1, padding: 1, bias: true, generator), new ChannelLayerNorm(8), new Relu(),
            new Dropout(0.1, generator),
            new Conv2d(8, 8, kernel: 3, stride: 2, padding: 1, bias: false, generator), new BatchNorm2d(8), new Relu(),
            new GlobalAvgPool2d(),
            new Linear(8, 3, bias: true, generator));
        using var optimiser = new AdamW(network.Parameters(), 0.001);
        using var average = new WeightAverage(network.Parameters(), 0.99);
        for (var step = 0; step < WarmUp; step++) Step(network, optimiser, average, generator);

        var resident = Resident(); // first, as it also finalises what earlier tests forgot
        var living = LivingTensors.Settled();
        for (var step = 0; step < Steps; step++) Step(network, optimiser, average, generator);
        Assert.Equal(living, Tensor.Living);
        var growth = Resident() - resident;
        Assert.True(growth < Tolerance, $"resident memory grew by {growth >> 20} MiB in {Steps} steps, allowed are {Tolerance >> 20}");
    }

    private static void Step(Module network, IOptimiser optimiser, WeightAverage average, Generator generator)
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.RandN([Batch, 1, 12, 12], generator).To(MemoryFormat.ChannelsLast);
        var loss = Loss.CrossEntropy(network.Forward(x), Tensor.RandInt(0, 3, [Batch], generator));
        optimiser.ZeroGrad();
        loss.Backward();
        GradientNorm.Clip(network.Parameters(), 1);
        optimiser.Step();
        average.Update();
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return Environment.WorkingSet;
    }
}
