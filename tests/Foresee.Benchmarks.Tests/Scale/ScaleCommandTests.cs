using Foresee.Benchmarks.Scale;
using Foresee.Cli;

namespace Foresee.Benchmarks.Tests.Scale;

public sealed class ScaleCommandTests
{
    [Fact]
    public void The_page_has_the_tables_that_the_program_prints()
    {
        var page = File.ReadAllText(Checkout.Find("docs/scale.md"));
        Assert.All(ScaleCommand.All.SelectMany(pair => ScaleCommand.Table(pair.Case, pair.Kind)),
            line => Assert.Contains(line, page, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_processes_are_measured_beside_their_prediction()
    {
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(output, error, live: false);
        var code = CommandLine.Run(BenchmarksCommand.Create(terminal), ["scale-check", "--images", "2", "--steps", "4"], terminal);
        Assert.Equal((ExitCode.Success, ""), (code, error.ToString()));
        Assert.Contains("2 processes of one thread, 2 images each, 4 steps of each kind", $"{output}", StringComparison.Ordinal);
    }

    [Fact]
    public void Latency_and_bandwidth_are_those_that_made_the_times()
    {
        var cluster = new Cluster(4, 1, Link.None, new("", 30e-6, 2e9));
        RankReport[] reports = [.. Enumerable.Repeat(new RankReport([], [], 0, 0,
            new long[] { 16, 4096, 1 << 23 }.ToDictionary(bytes => bytes, bytes => cluster.Sum(bytes))), 4)];
        var link = ScaleOutcome.Fit(reports);
        Assert.Equal(30e-6, link.Latency, 1e-9);
        Assert.Equal(2e9, link.Bandwidth, 1e3);
    }
}
