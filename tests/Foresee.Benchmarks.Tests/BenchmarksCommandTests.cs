using Foresee.Cli;

namespace Foresee.Benchmarks.Tests;

public sealed class BenchmarksCommandTests
{
    [Theory]
    [InlineData("trian", "Unknown benchmark 'trian'; did you mean 'train'?")]
    [InlineData("train --seconds 0", "--seconds must be a number above 0, got '0'")]
    [InlineData("largest-encoder --images 0", "--images must be a whole number of 1 or more, got '0'")]
    [InlineData("train --secnods 3", "./benchmarks/run --help")]
    public void A_command_line_that_makes_no_sense_returns_2_and_says_what_would(string line, string expected)
    {
        var (code, _, error) = Run(line.Split(' '));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_names_every_benchmark()
    {
        var (code, output, _) = Run("--help");
        Assert.Equal(ExitCode.Success, code);
        Assert.All(Benchmark.All, benchmark => Assert.Contains(benchmark.Name, output, StringComparison.Ordinal));
        Assert.All(["startup", "call-cost", "largest-encoder", "patch-augmentation"], name =>
            Assert.Contains(name, output, StringComparison.Ordinal));
    }

    [Fact]
    public void Without_PyTorch_only_Foresee_is_measured_and_the_end_says_what_is_missing()
    {
        var (code, output, error) = Run("augmentation", "--seconds", "0.1", "--peer", "/bin/false", "--threads", "1");
        Assert.Equal(ExitCode.Failed, code);
        Assert.Contains("round 3 of 3: foresee ", output, StringComparison.Ordinal);
        Assert.Contains("/bin/false has no PyTorch with torchvision", error, StringComparison.Ordinal);
    }

    private static (int Code, string Out, string Error) Run(params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var terminal = new Terminal(output, error, live: false);
        var code = CommandLine.Run(BenchmarksCommand.Create(terminal), arguments, terminal);
        return (code, output.ToString(), error.ToString());
    }
}
