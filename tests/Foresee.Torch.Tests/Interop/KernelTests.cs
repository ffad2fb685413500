using System.Runtime.InteropServices;
using Foresee.Torch.Interop;
using Foresee.Torch.Tests.Layers;

namespace Foresee.Torch.Tests.Interop;

/// <summary>The kernels' border: every path of this processor does the same, and what does not fit is refused before it is read.</summary>
public sealed unsafe class KernelTests
{
    /// <summary>Those that this processor can take; the plain one is everywhere.</summary>
    public static TheoryData<string> Paths => [.. Enum.GetValues<KernelPath>().Where(Kernels.Has).Select(p => p.ToString())];

    private static IEnumerable<KernelPath> Float32Paths => Enum.GetValues<KernelPath>()
        .Where(p => p < KernelPath.BFloat16 && Kernels.Has(p));

    [Fact]
    public void Batch_norm_and_Adam_are_the_same_on_every_path()
    {
        Assert.Contains(KernelPath.Plain, Float32Paths);
        foreach (var path in Float32Paths)
        {
            using var forced = Kernels.Force(path);
            foreach (var pool in new[] { 1, 2 }) new FusedBatchNormTests().The_kernel_is_batch_norm_relu_and_pooling(3, 16, 7, 9, pool);
        }
        var moved = Float32Paths.Select(path =>
        {
            using var forced = Kernels.Force(path);
            using var scope = TensorScope.Begin();
            using var generator = new Generator(3);
            Tensor[] Draw() => [Tensor.RandN([37, 3], generator), Tensor.RandN([70001], generator)]; // more than a thread takes at a time
            Tensor[] theta = Draw(), g = Draw(), m = Draw(), v = Array.ConvertAll(Draw(), t => t.Square());
            Kernels.Adam(theta, g, m, v, 0.1, 0.9, 0.99, 1e-6);
            return Tensor.Cat([.. theta.Concat(m).Concat(v).Select(t => t.Flatten())]).ToArray<float>();
        }).ToArray();
        foreach (var other in moved)
            foreach (var (i, x) in other.Index()) Assert.Equal(moved[0][i], x, 1e-6f * Math.Max(1, Math.Abs(x)));
    }

    [Fact]
    public void Adam_takes_gradients_that_lie_otherwise_and_refuses_other_shapes()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor g = Tensor.RandN([5, 8], generator), a = Tensor.Zeros([5, 8]), b = Tensor.Zeros([5, 8]);
        Kernels.Adam([a], [g], [Tensor.Zeros([5, 8])], [Tensor.Zeros([5, 8])], 0.1, 0.9, 0.99, 1e-6);
        Kernels.Adam([b], [g.T().Contiguous().T()], [Tensor.Zeros([5, 8])], [Tensor.Zeros([5, 8])], 0.1, 0.9, 0.99, 1e-6);
        Assert.Equal(a.ToArray<float>(), b.ToArray<float>());
        Refused("[5, 8]", () => Kernels.Adam([a], [g], [Tensor.Zeros([8, 5])], [Tensor.Zeros([5, 8])], 0.1, 0.9, 0.99, 1e-6));
        Refused("gaps", () =>
        {
            Tensor Every() => Tensor.Zeros([5, 8]).Narrow(1, 0, 4);
            Kernels.Adam([Every()], [Every()], [Every()], [Every()], 0.1, 0.9, 0.99, 1e-6);
        });
        Refused("Float32", () => Kernels.Adam([a], [g.To(DType.Float64)], [b], [b], 0.1, 0.9, 0.99, 1e-6));
    }

    // ---- What must not be read ----

    [Theory]
    [MemberData(nameof(Paths))]
    public void Nothing_past_the_end_of_an_argument_is_touched(string path) => TouchAll(Enum.Parse<KernelPath>(path));

    internal static void TouchAll(KernelPath path)
    {
        using var forced = Kernels.Force(path);
        var compute = path >= KernelPath.BFloat16 ? DType.BFloat16 : DType.Float32;
        using var guarded = new GuardedMemory();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor Draw(params long[] shape) => guarded.Copy(Tensor.RandN(shape, generator));
        foreach (var threads in new[] { 1, 2 })
        {
            using var _ = Engine.UseOperatorThreads(threads);
            foreach (var (n, m, k) in new[] { (7, 9, 16), (1, 1, 16), (50, 33, 48) })
                Kernels.InfoNce(Draw(n, k), Draw(m, k), Tensor.Zeros([n], DType.Int64), 1, compute);

            Tensor[] weights = [Draw(16, 3, 3, 3), Draw(16), Draw(16), Draw(32, 16, 1, 1), Draw(32), Draw(32), Draw(32, 32, 3, 3),
                Draw(32), Draw(32), Draw(48, 32, 1, 1), Draw(48, 16, 1, 1), Draw(48), Draw(48)];
            long[] architecture = [3, 1, 1, 3, 2, 1];
            var patches = Draw(13, 3, 7, 7);
            var (features, kept) = Kernels.PatchEncoder(patches, weights, architecture, compute, keep: true);
            Kernels.PatchEncoderBackward(guarded.Copy(features), patches, guarded.Copy(kept!), weights, architecture, compute);

            Tensor[] heads = [Draw(16, 32, 1, 1), Draw(16), Draw(16, 16, 1, 3), Draw(16), Draw(16, 16, 2, 1), Draw(16), Draw(32, 16, 1, 1),
                Draw(32), Draw(16, 32), Draw(16)];
            var grid = Draw(3, 5, 6, 32);
            for (var direction = 0; direction < 4; direction++)
            {
                var (predictions, between) = Kernels.GridPredictions(grid, heads, direction, [2], 3, 0.1, compute);
                Kernels.GridPredictionsBackward([guarded.Copy(predictions[0])], grid, guarded.Copy(between), heads, direction, [2], 3,
                    0.1, compute);
            }
            foreach (var type in new[] { DType.Float32, DType.BFloat16 })
            {
                Tensor Map(int side) => guarded.Copy(Tensor.RandN([3, side, side, 48], generator).To(type)).Permute(0, 3, 1, 2);
                var residual = type == DType.BFloat16 ? Map(5) : null;
                var (_, mean, scale) = Kernels.BatchNormTrain(Map(5), Draw(48), Draw(48), residual, Draw(48), Draw(48), 0.1, 1e-5, 1, true);
                Kernels.BatchNormBackward(Map(5), Map(5), Draw(48), Draw(48), residual, guarded.Copy(mean), guarded.Copy(scale), 1, true);
                Kernels.BatchNormInfer(Map(5), Draw(48), Draw(48), residual, Draw(48), Draw(48).Square(), 1e-5, 1, true);
            }
            if (compute == DType.BFloat16) continue;
            Kernels.Adam([Draw(37)], [Draw(37)], [Draw(37)], [Draw(37)], 0.1, 0.9, 0.99, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Memory_at_an_odd_address_is_refused(string path)
    {
        using var forced = Kernels.Force(Enum.Parse<KernelPath>(path));
        var compute = path == nameof(KernelPath.BFloat16) ? DType.BFloat16 : DType.Float32;
        using var guarded = new GuardedMemory();
        using var scope = TensorScope.Begin();
        var odd = guarded.Copy(Tensor.Ones([16, 16]), shift: 2);
        Refused("multiple of 4 bytes", () => Kernels.InfoNce(odd, Tensor.Ones([16, 16]), Tensor.Arange(16), 1, compute));
        Refused("multiple of 4 bytes", () => Kernels.InfoNce(Tensor.Ones([16, 16]), odd, Tensor.Arange(16), 1, compute));
    }

    [Fact]
    public void A_label_outside_its_group_is_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor p = Tensor.Ones([4, 16]), t = Tensor.Ones([6, 16]);
        foreach (var labels in new long[][] { [0, 1, 2, 3], [0, 1, 3, 6], [-1, 0, 3, 3], [3, 0, 3, 3] })
            Refused("label", () => Kernels.InfoNce(p, t, Tensor.From(labels), 2, DType.Float32));
        Refused("Int64", () => Kernels.InfoNce(p, t, Tensor.From(new[] { 0, 1, 3, 4 }), 2, DType.Float32));
        Assert.True(double.IsFinite(Kernels.InfoNce(p, t, Tensor.From([0L, 1, 3, 4]), 2, DType.Float32).Loss));
    }

    [Fact]
    public void Null_a_path_that_is_not_there_and_results_of_other_shapes_are_refused_by_the_library_itself()
    {
        using var scope = TensorScope.Begin();
        var data = stackalloc float[16 * 16];
        var labels = stackalloc long[16];
        var means = stackalloc double[2]; // loss and hits
        var good = new NativeArray { Data = (nint)data, Dimensions = 2 };
        (good.Sizes[0], good.Sizes[1], good.Strides[0], good.Strides[1]) = (16, 16, 16, 1);
        var (none, narrow, apart) = (good, good, good);
        none.Data = 0;
        narrow.Sizes[1] = 8;
        apart.Strides[0] = 20;
        int Call(KernelPath path, NativeArray* p, NativeArray* t, long* y, NativeArray* dp, NativeArray* dt) =>
            NativeKernels.foresee_info_nce(path, 1, p, t, y, 16, 1, means, means + 1, dp, dt);
        Assert.Equal(0, Call(KernelPath.Plain, &good, &good, labels, &good, &good));
        foreach (var bad in new[] { none, narrow, apart })
        {
            var wrong = bad;
            Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &wrong, &good, labels, &good, &good));
            Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &good, &wrong, labels, &good, &good));
            Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &good, &good, labels, &wrong, &good));
            Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &good, &good, labels, &good, &wrong));
            Assert.Contains("info_nce", Marshal.PtrToStringUTF8(NativeKernels.foresee_kernels_error()), StringComparison.Ordinal);
        }
        Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, null, &good, labels, &good, &good));
        Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &good, &good, null, &good, &good));
        Assert.Equal((int)KernelStatus.Refused, Call(KernelPath.Plain, &good, &good, labels, &good, null));
        foreach (var path in new[] { -1, 77 })
            Assert.Equal((int)KernelStatus.NoPath, Call((KernelPath)path, &good, &good, labels, &good, &good));
    }

    [Fact]
    public void An_encoder_whose_numbers_do_not_belong_together_is_refused()
    {
        using var scope = TensorScope.Begin();
        Tensor patches = Tensor.Ones([3, 1, 8, 8]), stem = Tensor.Ones([16, 1, 3, 3]), norm = Tensor.Ones([16]);
        void Encode(Tensor[] weights, params long[] architecture) =>
            Kernels.PatchEncoder(patches, weights, architecture, DType.Float32, keep: true);
        Encode([stem, norm, norm], 3, 1, 1);
        Refused("architecture", () => Encode([stem, norm, norm], 3, 1));
        Refused("does not fit", () => Encode([stem, norm, norm], 3, 0, 1));
        Refused("does not fit", () => Encode([stem, norm, norm], 3, 1, 1L << 40));
        Refused("convolution's weight", () => Encode([stem, norm, norm], 5, 1, 1));
        Refused("more than", () => Encode([stem, norm], 3, 1, 1));
        Refused("takes 3 weights, got 4", () => Encode([stem, norm, norm, norm], 3, 1, 1));
        Refused("a norm's weight", () => Encode([stem, Tensor.Ones([32]), norm], 3, 1, 1));
        Tensor[] wide = [stem, norm, norm, Tensor.Ones([16, 16, 1, 1]), norm, norm, Tensor.Ones([16, 16, 9, 9]), norm, norm,
            Tensor.Ones([16, 16, 1, 1]), norm, norm];
        Refused("taps", () => Encode(wide, 3, 1, 1, 9, 1, 0)); // 81 taps were written past an array of 64 once
    }

    private static void Refused(string words, Action work) =>
        Assert.Contains(words, Assert.Throws<TorchException>(work).Message, StringComparison.Ordinal);
}
