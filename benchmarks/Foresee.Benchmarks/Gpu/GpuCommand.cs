using System.CommandLine;
using System.Globalization;
using Foresee.Cli;

namespace Foresee.Benchmarks.Gpu;

/// <summary>
/// benchmarks/run gpu: every method's steps on a device beside the processor's, and how fast the device trains; what
/// benchmarks/gpu/run.sh starts on a machine with a GPU. With --device cpu it compares the processor with itself, as a dry run.
/// </summary>
internal static class GpuCommand
{
    public static Command Command(Terminal terminal)
    {
        var tiny = new Option<bool>("--tiny") { Description = "a few images of 32 px and no large network, to try the command itself" };
        var seconds = Dial.Positive("--seconds", "measured of each training (default: 20)");
        var run = new RunOptions();
        var command = new Command("gpu", "Checks every method on a device against the processor, then measures training there")
        {
            tiny, seconds,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var device = run.Start(parsed);
            terminal.Rest(); // nothing else is to be said while it is timed
            var (small, compute) = (parsed.GetValue(tiny), Precision.For(device).Type);
            List<MethodCheck> checks = [];
            foreach (var method in MethodCheck.Methods)
            {
                checks.Add(MethodCheck.Of(method, device));
                terminal.Line(InWords(checks[^1]));
            }
            var products = DeviceRates.Products(device, compute, small);
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"products of {compute}: {products:0.00} TFLOP/s"));
            List<DeviceRate> rates = [];
            foreach (var rate in DeviceRates.Of(device, compute, parsed.GetValue(seconds) ?? 20, small))
            {
                rates.Add(rate);
                terminal.Line(InWords(rate, products));
            }
            JsonFile.Write(parsed.GetValue(run.Json),
                new { Device = $"{device}", Compute = $"{compute}", ProductTflops = products, checks, rates });
            return checks.All(check => check.Passed) ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }

    private static string InWords(DeviceRate rate, double products) =>
        string.Create(CultureInfo.InvariantCulture, $"{rate.Case}, batch {rate.Batch}: {rate.ImagesPerSecond:0.0} images/s, ")
        + string.Create(CultureInfo.InvariantCulture, $"{rate.Tflops:0.00} TFLOP/s, {100 * rate.Tflops / products:0} % of products alone");

    private static string InWords(MethodCheck check) => check.Fault is { } fault
        ? $"{check.Method}: failed: {fault}"
        : string.Create(CultureInfo.InvariantCulture, $"{check.Method}: losses within {check.Difference:0.0e+0} of the processor's")
            + (check.Passed ? "" : $", more than {MethodCheck.Tolerance}");
}
