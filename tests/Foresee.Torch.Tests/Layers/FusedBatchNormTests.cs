using System.Runtime.Intrinsics.X86;
using Foresee.Torch.Interop;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

/// <summary>The kernel against libtorch's batch_norm, relu and max_pool2d.</summary>
public sealed class FusedBatchNormTests
{
    private sealed record Outcome(float[] Y, float[] Input, float[] Weight, float[] Bias, float[] Mean, float[] Variance);
    private sealed record Given(Tensor X, Tensor Weight, Tensor Bias, Tensor Gradient);

    private static Given Draw(int[] shape, int pool)
    {
        using var generator = new Generator(3);
        // equal values in a window
        var x = Tensor.Invoke("aten::round", "", Tensor.RandN([.. shape.Select(s => (long)s)], generator) * 8 + 20) / 4;
        // weights of either sign
        Tensor[] affine = [Tensor.RandN([shape[1]], generator), Tensor.RandN([shape[1]], generator) * 0.3];
        return new(x.To(MemoryFormat.ChannelsLast), affine[0], affine[1],
            Tensor.RandN([shape[0], shape[1], shape[2] / pool, shape[3] / pool], generator));
    }

    private static Outcome Fused(Given given, int pool, int threads)
    {
        var norm = new BatchNorm2d((int)given.X.Size(1));
        var parameters = norm.Parameters().ToDictionary(p => p.Name, p => p.Value);
        using (Autograd.NoGrad())
        {
            parameters["weight"].Copy_(given.Weight);
            parameters["bias"].Copy_(given.Bias);
        }
        var x = given.X.Clone();
        x.RequiresGrad = true;
        var before = Engine.Threads;
        Engine.Threads = threads;
        try
        {
            var y = norm.ReluPool(x, pool);
            var gradients = Autograd.Gradients([(y * given.Gradient).Sum()], [x, parameters["weight"], parameters["bias"]]);
            var buffers = norm.Buffers().ToDictionary(b => b.Name, b => b.Value);
            return Values([y, .. gradients!, buffers["running_mean"], buffers["running_var"]]);
        }
        finally
        {
            Engine.Threads = before;
        }
    }

    /// <summary>In doubles, so that the sums of thousands of terms are right.</summary>
    private static Outcome Truth(Given given, int pool)
    {
        var (x, weight, bias) = (given.X.To(DType.Float64), given.Weight.To(DType.Float64), given.Bias.To(DType.Float64));
        x.RequiresGrad = weight.RequiresGrad = bias.RequiresGrad = true;
        Tensor mean = Tensor.Zeros([x.Size(1)], DType.Float64), variance = Tensor.Ones([x.Size(1)], DType.Float64);
        var y = Tensor.Invoke("aten::batch_norm", "", x, weight, bias, mean, variance, true, 0.1, 1e-5, true).Relu();
        if (pool > 1) y = y.MaxPool2d(pool, pool);
        var gradients = Autograd.Gradients([(y * given.Gradient.To(DType.Float64)).Sum()], [x, weight, bias]);
        return Values([y, .. gradients!, mean, variance]);
    }

    private static Outcome Values(Tensor?[] t)
    {
        var values = Array.ConvertAll(t, tensor => tensor!.Contiguous().To(DType.Float32).ToArray<float>());
        return new(values[0], values[1], values[2], values[3], values[4], values[5]);
    }

    [Theory]
    [InlineData(6, 32, 14, 14, 1)]
    [InlineData(6, 32, 14, 14, 2)]
    [InlineData(3, 16, 7, 9, 2)] // the last row and column are in no window
    [InlineData(2, 48, 5, 5, 1)]
    [InlineData(64, 16, 28, 28, 2)]
    public void The_kernel_is_batch_norm_relu_and_pooling(int n, int c, int h, int w, int pool)
    {
        Assert.True(Kernels.Width > 0 || !Avx2.IsSupported);
        using var scope = TensorScope.Begin();
        var given = Draw([n, c, h, w], pool);
        var truth = Truth(given, pool);
        foreach (var threads in new[] { 1, 2 })
        {
            var fused = Fused(given, pool, threads);
            Near(truth.Y, fused.Y);
            Near(truth.Input, fused.Input);
            Near(truth.Weight, fused.Weight);
            Near(truth.Bias, fused.Bias);
            Near(truth.Mean, fused.Mean);
            Near(truth.Variance, fused.Variance);
        }
    }

    [Fact]
    public void Without_training_the_running_statistics_are_used()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var norm = new BatchNorm2d(16);
        var x = (Tensor.RandN([4, 16, 6, 6], generator) * 3).To(MemoryFormat.ChannelsLast);
        norm.ReluPool(x);
        norm.Train(false);
        var expected = norm.Forward(x).Relu().MaxPool2d(2, 2);
        Near(expected.Contiguous().ToArray<float>(), norm.ReluPool(x, 2).Contiguous().ToArray<float>());
        using var inference = Autograd.Inference();
        Near(expected.Contiguous().ToArray<float>(), norm.ReluPool(x, 2).Contiguous().ToArray<float>());
    }

    private static void Near(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (largest, share) = (Math.Max(1, expected.Max(Math.Abs)), Kernels.Width > 0 ? 1e-5 : 2e-5); // libtorch's own sums are less exact
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= share * largest, $"{i}: {actual[i]} where {expected[i]} is right");
    }
}
