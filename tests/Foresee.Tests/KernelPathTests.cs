using Foresee.Encoders;
using Foresee.Methods.Cpc;
using Foresee.Tests.Encoders;
using Foresee.Tests.Losses;
using Foresee.Tests.Methods.Cpc;
using Foresee.Torch.Interop;

namespace Foresee.Tests;

/// <summary>Every width of vector that this processor can take, not only the widest, equals libtorch's operators.</summary>
public sealed class KernelPathTests
{
    public static TheoryData<string> Paths =>
        [.. Enum.GetValues<KernelPath>().Where(p => p < KernelPath.BFloat16 && Kernels.Has(p)).Select(p => p.ToString())];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Encoders_predictions_and_InfoNCE_equal_libtorchs_operators(string path)
    {
        using var forced = Kernels.Force(Enum.Parse<KernelPath>(path));
        Assert.Equal(path switch { "Plain" => 4, "Avx2" => 8, _ => 16 }, Kernels.Width);
        foreach (object[] row in FusedEncoderTests.Encoders)
            new FusedEncoderTests().Features_and_gradients_equal_those_of_libtorchs_operators((string)row[0], (PatchEncoderOptions)row[1],
                (int)row[2]);
        foreach (var direction in Enum.GetValues<Direction>())
            new DirectionPredictorTests().Predictions_and_gradients_equal_those_of_libtorchs_operators(direction);
        foreach (var (n, m, groups) in new[] { (48, 100, 1), (300, 576, 2), (7, 9, 1) })
            new InfoNceTests().The_kernel_equals_libtorchs_operators(n, m, groups);
    }
}
