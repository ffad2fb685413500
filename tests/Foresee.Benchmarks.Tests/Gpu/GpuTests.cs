using System.Runtime.InteropServices;
using System.Text.Json;
using Foresee.Benchmarks.Gpu;
using Foresee.Cli;
using Foresee.Torch;

namespace Foresee.Benchmarks.Tests.Gpu;

/// <summary>Needs a CUDA device; skipped without.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaTheoryAttribute : TheoryAttribute
{
    public CudaTheoryAttribute() => Skip = Device.CudaCount > 0 ? null : "libtorch sees no CUDA device here";
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class CudaFactAttribute : FactAttribute
{
    public CudaFactAttribute() => Skip = Device.CudaCount > 0 ? null : "libtorch sees no CUDA device here";
}

public sealed class GpuTests
{
    private const double Most = 6; // waits: SwAV's; most methods have 1, for the loss that the divergence guard looks at

    public static TheoryData<string> Methods => [.. MethodCheck.Methods];

    [CudaTheory, MemberData(nameof(Methods)), Trait("needs", "gpu")]
    public void A_method_trains_on_cuda_as_on_the_processor(string method)
    {
        var check = MethodCheck.Of(method, Device.Cuda);
        Assert.True(check.Passed, $"{check}");
    }

    [CudaFact, Trait("needs", "gpu")]
    public void Tensors_of_two_devices_do_not_mix()
    {
        using var scope = TensorScope.Begin();
        var there = Tensor.Ones([2], device: Device.Cuda);
        Assert.Equal([2f, 2f], (there + there).ToArray<float>());
        Assert.Contains("same device", Assert.Throws<TorchException>(() => there + Tensor.Ones([2])).Message, StringComparison.Ordinal);
    }

    /// <summary>Which a pretended device counts; a real one can't be asked.</summary>
    [CudaTheory, MemberData(nameof(Methods)), Trait("needs", "gpu")]
    public void A_step_that_is_not_logged_waits_for_the_device_a_few_times_at_most(string method)
    {
        if (Waits() is not { } start) return;
        MethodCheck.Losses(method, Device.Cuda, steps: 6, logEvery: 1000);
        var some = Waits()!.Value;
        MethodCheck.Losses(method, Device.Cuda, steps: 12, logEvery: 1000);
        var perStep = (Waits()!.Value - some - (some - start)) / 6.0; // without start and end
        Assert.True(perStep <= Most, $"{method} waits {perStep:0.0} times a step");
    }

    private static unsafe long? Waits() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "pretended_waits", out var address)
            ? ((delegate* unmanaged[Cdecl]<long>)address)() : null;

    [Fact]
    public void A_dry_run_on_the_processor_writes_what_the_table_is_made_of()
    {
        var file = Path.GetTempFileName();
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(output, error, live: false);
        var code = CommandLine.Run(BenchmarksCommand.Create(terminal),
            ["gpu", "--device", "cpu", "--tiny", "--seconds", "0.1", "--threads", "1", "--json", file], terminal);
        Assert.Equal((ExitCode.Success, ""), (code, $"{error}"));
        using var json = JsonDocument.Parse(File.ReadAllText(file));
        File.Delete(file);
        Assert.Equal(MethodCheck.Methods,
            json.RootElement.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("method").GetString()!));
        Assert.True(json.RootElement.GetProperty("rates")[0].GetProperty("images_per_second").GetDouble() > 0);
    }

    [Fact]
    public void A_device_that_is_not_there_is_a_fault_of_the_method_not_of_the_program()
    {
        if (Device.CudaCount > 0) return;
        Assert.NotNull(MethodCheck.Of("simclr", Device.Cuda).Fault);
    }
}
