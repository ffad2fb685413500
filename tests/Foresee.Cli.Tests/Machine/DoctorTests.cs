using System.Text.Json;

namespace Foresee.Cli.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void Says_what_this_machine_has_and_writes_the_same_as_JSON()
    {
        var file = Path.Combine(Path.GetTempPath(), $"doctor-{Guid.NewGuid()}.json");
        try
        {
            var result = Invocation.Program("doctor", "--json", file);
            Assert.Equal(ExitCode.Success, result.Code);
            var lines = result.Out.Split('\n');
            foreach (var name in new[] { "libtorch", "BLAS", "processor", "kernels", "AMX", "precision", "threads", "memory", "GPU", "images", "data" })
                Assert.Contains(lines, line => line.StartsWith(name + " ", StringComparison.Ordinal));
            var found = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
            Assert.True(File.Exists(found.GetProperty("libtorch_path").GetString()));
            Assert.Equal(Environment.ProcessorCount, found.GetProperty("cores").GetInt32());
            var precision = found.GetProperty("precision").GetString();
            // f32 also where only libtorch has bf16
            Assert.True(precision == "f32" || (precision == "bf16" && found.GetProperty("bf16").GetBoolean()), precision);
            Assert.Contains(found.GetProperty("libtorch_version").GetString()!, result.Out, StringComparison.Ordinal);
            Assert.Equal(JsonValueKind.Null, found.GetProperty("fault").ValueKind);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_slow_core_that_the_user_set_is_kept_told_and_warned_of()
    {
        var result = Invocation.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "doctor"],
            ("OPENBLAS_CORETYPE", "Prescott"));
        Assert.Equal(ExitCode.Success, result.Code);
        if (!result.Out.Contains("OpenBLAS", StringComparison.Ordinal) || !Torch.Processor.This.HasAvx2) return; // it has no such core, or needs none
        Assert.Contains(", core Prescott", result.Out, StringComparison.Ordinal);
        Assert.Contains("OPENBLAS_CORETYPE is 'Prescott', unset it or set ", result.Out + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AMX_that_is_asked_for_and_not_there_is_warned_of()
    {
        var result = Invocation.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "doctor"], ("FORESEE_AMX", "1"));
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("FORESEE_AMX=1, ", result.Out, StringComparison.Ordinal);
        if (!Torch.Processor.This.HasAmxBFloat16)
            Assert.Contains("AMX is not used", result.Out + result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bridge_that_does_not_load_is_one_clear_line()
    {
        var result = Invocation.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), "doctor"],
            ("FORESEE_BRIDGE", "/no/such/bridge.so"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("error: libtorch can't be used", result.Error, StringComparison.Ordinal);
        Assert.Contains("LIBTORCH", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    private const string Line = "7f00-7f01 r-xp 0000 08:01 42 ";

    [Theory]
    [InlineData("/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3,/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so", "OpenBLAS", "Fast")]
    [InlineData("/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0", "reference BLAS", "Slow")]
    [InlineData("/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3.10.3", "ATLAS", "Slow")]
    [InlineData("/opt/libtorch/lib/libtorch_cpu.so", "unknown", "Unknown")]
    public void The_BLAS_is_told_by_what_is_mapped(string mapped, string name, string speed)
    {
        var blas = LoadedLibraries.Parse(mapped.Split(',').Select(path => Line + path)).Blas("");
        Assert.Equal(name, blas.Name);
        Assert.Equal(speed, blas.Speed.ToString());
    }

    [Fact]
    public void A_downloaded_libtorch_has_its_BLAS_inside() =>
        Assert.Equal(BlasSpeed.Fast, LoadedLibraries.Parse([Line + "/opt/libtorch/lib/libtorch_cpu.so"])
            .Blas("  - Intel(R) oneAPI Math Kernel Library Version 2024.2").Speed);
}
