using Foresee.Torch;

namespace Foresee.Benchmarks.Tests;

public sealed class BaselineTests
{
    [Theory]
    [InlineData("/no/such/python3", "can't be started")]
    [InlineData("/bin/false", "has no PyTorch with torchvision")]
    [InlineData("/bin/sh -c exit", "is no Python")]
    [InlineData("", "names no program")]
    public void A_missing_baseline_is_told_with_what_to_install(string python, string expected)
    {
        var baseline = Baseline.Find(python);
        Assert.Null(baseline.Torch);
        Assert.Contains(expected, baseline.Fault, StringComparison.Ordinal);
        Assert.Contains("apt-get install python3-torch python3-torchvision", baseline.Fault, StringComparison.Ordinal);
    }

    private static Baseline Made(string version, bool compiles) =>
        new(["python3"], "/nowhere", new(version, compiles, LacksCompiler: false, "/usr/lib/x/openblas-openmp"), null);

    [Fact]
    public void Every_PyTorch_has_sides_and_ratios_of_its_own()
    {
        var benchmark = Benchmark.All.First(b => b.Name == "train").Against([Made("1.13.0", compiles: false), Made("2.14.1", compiles: true)]);
        Assert.Equal(["foresee", "pytorch_1.13.0_default", "pytorch_2.14.1_default", "pytorch_1.13.0_tuned", "pytorch_2.14.1_tuned",
            "pytorch_2.14.1_compiled"], benchmark.Sides.Select(side => side.Name));
        Assert.Equal(benchmark.Sides.Skip(1).Select(side => side.Name), benchmark.Ratios.Select(ratio => ratio.Under));
        var loader = Benchmark.All.First(b => b.Name == "loader").Against([Made("2.14.1", compiles: true)]);
        Assert.Equal(["pytorch_2.14.1_default", "pytorch_2.14.1_tuned", "folder_to_memory"], loader.Ratios.Select(ratio => ratio.Name));
        Assert.Equal(["foresee"], Benchmark.All.First(b => b.Name == "train").Against([]).Sides.Select(side => side.Name));
    }

    [Fact]
    public void A_tuned_baseline_is_tried_in_each_precision_and_with_each_BLAS()
    {
        var baseline = Made("2.14.1", compiles: true);
        Side Of(Role role) => new("side", role, "train") { Baseline = baseline, Multiplies = role != Role.BaselineDefault };
        Assert.Single(baseline.Starts(Of(Role.BaselineDefault), "/folder", 2, DType.BFloat16));
        Assert.Equal(2, baseline.Starts(Of(Role.BaselineTuned), "/folder", 2, DType.Float32).Count);
        Assert.Single(baseline.Starts(Of(Role.BaselineTuned) with { Multiplies = false }, "/folder", 2, DType.BFloat16));
        var tuned = baseline.Starts(Of(Role.BaselineTuned), "/folder", 2, DType.BFloat16);
        Assert.Equal(4, tuned.Select(start => start.Setting).Distinct().Count());
        Assert.All(tuned, start => Assert.Equal(start.Setting.StartsWith("bf16", StringComparison.Ordinal),
            start.Start.ArgumentList.Contains("--bf16")));
        Assert.All(baseline.Starts(Of(Role.BaselineCompiled), "/folder", 2, DType.BFloat16),
            start => Assert.Equal("compiled", start.Start.ArgumentList[2]));
    }
}
