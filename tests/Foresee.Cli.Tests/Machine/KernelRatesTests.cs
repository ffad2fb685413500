using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Cli.Tests;

public sealed class KernelRatesTests
{
    [Fact]
    public void The_faster_precision_is_taken_and_says_by_how_much()
    {
        var zen = Precision.For(new KernelRates(Float32: 120, BFloat16: 230));
        Assert.Equal((DType.BFloat16, "bf16"), (zen.Type, zen.Name));
        Assert.Contains("230 GFLOP/s in products of bf16 and 120 in those of f32", zen.Reason, StringComparison.Ordinal);
        Assert.Equal(DType.Float32, Precision.For(new KernelRates(Float32: 149, BFloat16: 86)).Type); // Emerald Rapids
        Assert.Equal(DType.Float32, Precision.For(Device.Cpu, "f32").Type);                          // asked for: not measured
    }

    [Fact]
    public void They_are_measured_once_kept_and_measured_anew_where_the_file_is_of_another_machine_or_none()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"rates-{Guid.NewGuid()}");
        var file = Path.Combine(folder, "kernels.json");
        try
        {
            var measured = KernelRates.Read(folder);
            Assert.Equal(Kernels.HasBFloat16, measured is not null);
            if (measured is null) return; // nothing to choose from
            Assert.InRange(measured.Float32, 1, 1e5);
            Assert.InRange(measured.BFloat16, 1, 1e5);
            Assert.Equal(measured, KernelRates.Read(folder));
            var kept = File.ReadAllText(file);
            File.WriteAllText(file, kept.Replace(Processor.This.Name, "another processor", StringComparison.Ordinal));
            Assert.NotEqual(measured, KernelRates.Read(folder));
            File.WriteAllText(file, "{ broken");
            Assert.NotEqual(measured, KernelRates.Read(folder));
            Assert.Contains(Processor.This.Name, File.ReadAllText(file), StringComparison.Ordinal);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }
}
