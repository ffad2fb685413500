using Foresee.Torch.Interop;
using Foresee.Torch.Layers;
using Foresee.Torch.Tests.Interop;

namespace Foresee.Torch.Tests.Layers;

/// <summary>
/// The kernel on maps in bf16 against batch norm, sum and ReLU in doubles: results rounded to bf16 are off by 2^-8 of themselves at most,
/// the rest by no more than in Float32.
/// </summary>
public sealed class BFloat16BatchNormTests
{
    private const double Rounding = 1.0 / 256;

    /// <summary>What stands after the norm.</summary>
    public enum End { Nothing, Relu, SumRelu }

    private sealed record Given(Tensor X, Tensor Weight, Tensor Bias, Tensor Residual, Tensor Gradient);

    /// <param name="Maps">y, dx and the residual's gradient.</param>
    /// <param name="Channels">Gradients of weight and bias, running mean and variance.</param>
    private sealed record Outcome(Tensor[] Maps, Tensor[] Channels);

    public static TheoryData<string, int, int, int, int, End> Cases()
    {
        var cases = new TheoryData<string, int, int, int, int, End>();
        foreach (var path in Enum.GetValues<KernelPath>().Where(Kernels.Has))
            foreach (var (n, c, h, w) in new[] { (6, 32, 14, 14), (3, 48, 7, 9), (1, 16, 1, 2), (40, 96, 4, 4) })
                foreach (var end in Enum.GetValues<End>()) cases.Add(path.ToString(), n, c, h, w, end);
        return cases;
    }

    private static Tensor Rounded(Tensor x) => x.To(DType.BFloat16).To(MemoryFormat.ChannelsLast).Detach();

    private static Given Draw(long[] shape)
    {
        using var generator = new Generator(3);
        Tensor Normal() => Tensor.RandN(shape, generator);
        return new(Rounded(Normal() * 2 + 5), Tensor.RandN([shape[1]], generator), Tensor.RandN([shape[1]], generator) * 0.3,
            Rounded(Normal()), Rounded(Normal()));
    }

    private static Outcome Fused(Given given, End end)
    {
        var norm = new BatchNorm2d((int)given.X.Size(1));
        var parameters = norm.Parameters().Select(p => p.Value).ToArray();
        using (Autograd.NoGrad())
        {
            parameters[0].Copy_(given.Weight);
            parameters[1].Copy_(given.Bias);
        }
        var (x, residual) = (given.X.Clone(), given.Residual.Clone());
        x.RequiresGrad = residual.RequiresGrad = true;
        var y = end switch
        {
            End.SumRelu => norm.SumRelu(x, residual),
            End.Relu => norm.ReluPool(x),
            _ => norm.Normalise(x),
        };
        Assert.Equal(DType.BFloat16, y.DType);
        var gradients = Autograd.Gradients([y], [x, .. parameters, .. end == End.SumRelu ? new[] { residual } : []], [given.Gradient]);
        Assert.Equal(DType.BFloat16, gradients[0]!.DType);
        var buffers = norm.Buffers().ToDictionary(b => b.Name, b => b.Value);
        return new([y, gradients[0]!, .. gradients.Skip(3).Select(g => g!)],
            [gradients[1]!, gradients[2]!, buffers["running_mean"], buffers["running_var"]]);
    }

    private static Outcome Truth(Given given, End end)
    {
        Tensor Leaf(Tensor tensor)
        {
            var leaf = tensor.To(DType.Float64).Detach();
            leaf.RequiresGrad = true;
            return leaf;
        }
        var (x, weight, bias, residual) = (Leaf(given.X), Leaf(given.Weight), Leaf(given.Bias), Leaf(given.Residual));
        Tensor mean = Tensor.Zeros([x.Size(1)], DType.Float64), variance = Tensor.Ones([x.Size(1)], DType.Float64);
        var y = Tensor.Invoke("aten::batch_norm", "", x, weight, bias, mean, variance, true, 0.1, 1e-5, true);
        if (end == End.SumRelu) y += residual;
        if (end != End.Nothing) y = y.Relu();
        var gradients = Autograd.Gradients([y], [x, weight, bias, .. end == End.SumRelu ? new[] { residual } : []],
            [given.Gradient.To(DType.Float64)]);
        return new([y, gradients[0]!, .. gradients.Skip(3).Select(g => g!)], [gradients[1]!, gradients[2]!, mean, variance]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_kernel_is_batch_norm_sum_and_relu(string path, int n, int c, int h, int w, End end)
    {
        using var forced = Kernels.Force(Enum.Parse<KernelPath>(path));
        using var scope = TensorScope.Begin();
        var given = Draw([n, c, h, w]);
        var truth = Truth(given, end);
        foreach (var threads in new[] { 1, 2 })
        {
            using var _ = Engine.UseOperatorThreads(threads);
            var fused = Fused(given, end);
            for (var i = 0; i < truth.Maps.Length; i++) Near(truth.Maps[i], fused.Maps[i], Rounding);
            for (var i = 0; i < truth.Channels.Length; i++) Near(truth.Channels[i], fused.Channels[i], 0);
        }
    }

    [Fact]
    public void Without_training_the_running_statistics_are_used()
    {
        Assert.True(Kernels.Width > 0);
        using var scope = TensorScope.Begin();
        var given = Draw([4, 32, 6, 6]);
        var norm = new BatchNorm2d(32);
        norm.ReluPool(given.X);
        norm.Train(false);
        var plain = norm.Forward(given.X);                                               // Float32, libtorch's
        using var inference = Autograd.Inference();
        Near(plain.Relu(), norm.ReluPool(given.X), Rounding);
        Near((plain + given.Residual).Relu(), norm.SumRelu(given.X, given.Residual), Rounding);
        Near(plain, norm.Normalise(given.X), Rounding);
        Near(plain.Relu().MaxPool2d(2, 2), norm.ReluPool(given.X, 2), Rounding);
    }

    [Fact]
    public void A_channel_far_from_zero_keeps_its_variance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        // integers around 200: bf16 holds them, and a sum of squares in floats would not
        var x = Rounded(Tensor.Invoke("aten::round", "", Tensor.RandN([64, 16, 32, 32], generator) * 4 + 200).Clamp(130, 255));
        var norm = new BatchNorm2d(16, momentum: 1);
        norm.ReluPool(x);
        var variance = norm.Buffers().Single(b => b.Name == "running_var").Value;
        Near(x.To(DType.Float64).Permute(1, 0, 2, 3).Flatten(1).Variance(1), variance, 0);
    }

    [Fact]
    public void What_is_not_a_number_stays_so_on_every_path()
    {
        foreach (var path in Enum.GetValues<KernelPath>().Where(Kernels.Has))
        {
            using var forced = Kernels.Force(path);
            using var scope = TensorScope.Begin();
            var x = Rounded(Tensor.Zeros([2, 16, 2, 2]) / 0.0);
            Assert.All(new BatchNorm2d(16).ReluPool(x).To(DType.Float32).Contiguous().ToArray<float>(), y => Assert.True(float.IsNaN(y)));
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var scope = TensorScope.Begin();
        using var guarded = new GuardedMemory();
        Tensor x = Rounded(Tensor.Ones([2, 16, 4, 4])), ones = Tensor.Ones([16]);
        void Train(Tensor map, Tensor? residual = null, int pool = 1, bool rectified = true, Tensor? weight = null) =>
            Kernels.BatchNormTrain(map, weight ?? ones, ones, residual, Tensor.Zeros([16]), Tensor.Ones([16]), 0.1, 1e-5, pool, rectified);
        void Backward(Tensor gradient, Tensor? sum = null, bool rectified = true) =>
            Kernels.BatchNormBackward(gradient, x, ones, ones, sum, ones, ones, 1, rectified);
        Train(x, x);
        Backward(x, x);
        Refused("pools f32 only", () => Train(x, pool: 2));
        Refused("needs bf16", () => Train(x.To(DType.Float32), x.To(DType.Float32)));
        Refused("needs bf16", () => Train(x.To(DType.Float32), rectified: false));
        Refused("needs the ReLU", () => Train(x, x, rectified: false));
        Refused("BFloat16", () => Train(x, x.To(DType.Float32)));
        Refused("Float32", () => Train(x, weight: ones.To(DType.BFloat16)));
        Refused("the residual must be", () => Train(x, Rounded(Tensor.Ones([2, 16, 4, 3]))));
        Refused("channels last", () => Train(x, x.Contiguous()));
        Refused("channels last", () => Train(x.Contiguous()));
        Refused("multiple of", () => Train(Rounded(Tensor.Ones([2, 12, 4, 4])), weight: Tensor.Ones([12])));
        Refused("the gradient must be", () => Backward(Rounded(Tensor.Ones([2, 16, 4, 3]))));
        Refused("BFloat16", () => Backward(x.To(DType.Float32)));
        Refused("y must be", () => Backward(x, Rounded(Tensor.Ones([2, 16, 2, 2]))));
        var odd = guarded.Copy(Tensor.Ones([2, 4, 4, 16]).To(DType.BFloat16), shift: 1).Permute(0, 3, 1, 2);
        Refused("multiple of 2 bytes", () => Train(odd));
        Refused("multiple of 2 bytes", () => Train(x, odd));
        Refused("multiple of 2 bytes", () => Backward(odd));
    }

    private static void Refused(string words, Action work) =>
        Assert.Contains(words, Assert.Throws<TorchException>(work).Message, StringComparison.Ordinal);

    private static void Near(Tensor expected, Tensor actual, double rounding)
    {
        var (right, given) = (expected.To(DType.Float64).Contiguous().ToArray<double>(),
            actual.To(DType.Float64).Contiguous().ToArray<double>());
        Assert.Equal(right.Length, given.Length);
        var slack = 1e-5 * Math.Max(1, right.Max(Math.Abs));
        for (var i = 0; i < right.Length; i++)
            Assert.True(Math.Abs(right[i] - given[i]) <= rounding * Math.Abs(right[i]) + slack,
                $"{i}: {given[i]} where {right[i]} is right");
    }
}
