using Foresee.Torch.Interop;

namespace Foresee.Torch.Tests.Interop;

/// <summary>
/// The products by tiles. The emulation runs the same code and finds faults of layout; what only the processor can show (its sums, the
/// permission) is skipped without one. The setting belongs to the process, so these tests take turns.
/// </summary>
[Collection(nameof(AmxTests))]
public sealed class AmxTests
{
    [EmulatedTilesFact]
    public void Emulated_tiles_give_what_the_dot_product_gives()
    {
        using var tiles = new EmulatedTiles();
        Assert.InRange(AmxState.Difference(), 1e-9, AmxState.Tolerance / 4); // other sums, so not the same to the last bit
    }

    [AmxFact]
    public void The_processors_tiles_give_what_the_dot_product_gives()
    {
        Assert.Equal(1, NativeKernels.foresee_kernels_amx(AmxMode.On));
        try
        {
            Assert.InRange(AmxState.Difference(), 1e-9, AmxState.Tolerance / 4);
        }
        finally
        {
            NativeKernels.foresee_kernels_amx(Kernels.Amx.On ? AmxMode.On : AmxMode.Off);
        }
    }

    /// <summary>Sizes around those of one tile, two, and half a panel, in every dimension.</summary>
    [EmulatedTilesFact]
    public void Products_of_every_shape_by_tiles_equal_those_by_dot_products()
    {
        using var tiles = new EmulatedTiles();
        foreach (var n in new[] { 1, 2, 15, 16, 17, 31, 32, 33, 48, 65 })
            foreach (var m in new[] { 1, 16, 17, 32, 47, 64 })
                foreach (var k in new[] { 16, 32, 48 })
                {
                    using var scope = TensorScope.Begin();
                    using var generator = new Generator((ulong)(n * 1000 + m * 10 + k));
                    Tensor p = Tensor.RandN([n, k], generator), t = Tensor.RandN([m, k], generator);
                    var labels = Tensor.From([.. Enumerable.Range(0, n).Select(i => (long)(i * 7 % m))]);
                    var given = Kernels.InfoNce(p, t, labels, 1, DType.BFloat16);
                    InfoNceKernelResult expected;
                    using (Kernels.Force(KernelPath.BFloat16)) expected = Kernels.InfoNce(p, t, labels, 1, DType.BFloat16);
                    Assert.Equal(expected.Loss, given.Loss, 1e-5);
                    // A score's gradient that lies between two bf16 numbers may be rounded to either.
                    foreach (var (a, b) in new[] { (expected.PredictionGradient, given.PredictionGradient), (expected.TargetGradient,
                        given.TargetGradient) })
                        Assert.True((a - b).Abs().Max().ToDouble() <= 4e-3 * a.Abs().Max().ToDouble() + 1e-7, $"{n} x {m} x {k}");
                }
    }

    [EmulatedTilesFact]
    public void Tiles_touch_nothing_past_the_end_of_an_argument()
    {
        using var tiles = new EmulatedTiles();
        KernelTests.TouchAll(KernelPath.Amx);
    }

    [Fact]
    public void Without_being_asked_for_it_is_off_and_says_why()
    {
        if (Environment.GetEnvironmentVariable(AmxState.Variable) == "1") return; // this whole run has it on
        Assert.False(Kernels.Amx.On);
        Assert.False(Kernels.Amx.Fault);
        Assert.Contains(Processor.This.HasAmxBFloat16 ? AmxState.Variable : "does not have it", Kernels.Amx.Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_measured_in_GFLOPs()
    {
        Assert.InRange(Kernels.Rate(KernelPath.Plain, 0.001), 0.05, 1e5);
        Assert.InRange(Kernels.Rate(DType.Float32), 0.05, 1e5);
    }
}
