using System.Diagnostics;

namespace Foresee.Benchmarks.Tests;

/// <summary>
/// Sides that are shell scripts: their answers are known, and they leave a trace of the order in which they were measured.
/// </summary>
public sealed class ComparisonTests
{
    private static readonly Benchmark Two = new("two", "nothing", _ => { },
        [new("foresee", Role.Foresee, "same"), new("peer_default", Role.BaselineDefault, "same")], Tolerance: 1e-3)
    { Rounds = 3 };

    [Fact]
    public void Sides_take_turns_and_each_round_gives_a_ratio()
    {
        var trace = Path.GetTempFileName();
        var result = Run(Two, side => Script(side.Name == "foresee"
            ? $"echo A >> {trace}; n=$((n+1)); "
                + "echo '{\"images\":'$((n * 100))',\"steps\":6,\"seconds\":1,\"cpu_seconds\":2,\"peak_mib\":7,\"waiting\":0.25}'"
            : $"echo B >> {trace}; echo '{{\"images\":50,\"steps\":6,\"seconds\":1,\"cpu_seconds\":1,\"peak_mib\":9}}'", value: "1.5"));
        Assert.Equal("A B A B A B", string.Join(' ', File.ReadAllLines(trace)));
        Assert.Equal(200, result.ImagesPerSecond["foresee"]);
        Assert.Equal(50, result.ImagesPerSecond["peer_default"]);
        Assert.Equal(new Ratio(4, 2, 6), result.Ratios["peer_default"]);
        Assert.Equal(new Ratio(2, 1, 3), result.CpuRatios["peer_default"]);
        Assert.Equal(9, result.PeakMib["peer_default"]);
        Assert.Equal(6, result.Rounds[0]["peer_default"].Steps);
        Assert.Equal("foresee", Assert.Single(result.Waiting.Keys));
        Assert.DoesNotContain("peer_tuned", result.Ratios.Keys); // it did not take part
        File.Delete(trace);
    }

    [Fact]
    public void A_measurement_counts_enough_steps_after_its_first_ones_however_short_it_is()
    {
        var taken = 0;
        var measurement = Measurement.Of(Steps(), seconds: 0);
        Assert.Equal((MeasurementClock.Least, MeasurementClock.WarmUp + MeasurementClock.Least), (measurement.Steps, taken));
        Assert.Equal(5 * MeasurementClock.Least, measurement.Images);
        Assert.Null(measurement.Waiting);
        measurement = Measurement.Of(Steps(), seconds: 0.2);
        Assert.True(measurement.Seconds >= 0.2 && measurement.Steps > MeasurementClock.Least, measurement.ToString());
        Assert.Throws<InvalidOperationException>(() => Measurement.Of([5, 5], seconds: 0));

        IEnumerable<int> Steps()
        {
            while (true)
            {
                taken++;
                Thread.Sleep(1);
                yield return 5;
            }
        }
    }

    [Fact]
    public void Sides_that_compute_different_things_are_not_timed()
    {
        var error = Assert.Throws<InvalidOperationException>(
            () => Run(Two, side => Script("exit 1", value: side.Name == "foresee" ? "1.5" : "1.502")));
        Assert.Contains("peer_default computes 1.502", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_side_that_breaks_down_is_told_with_its_last_words()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Run(Two, _ => Script("echo no memory >&2; exit 1", value: "1")));
        Assert.Contains("foresee ended instead of answering", error.Message, StringComparison.Ordinal);
        Assert.Contains("no memory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_ways_to_start_a_baseline_the_quickest_is_measured_and_named()
    {
        static string Rate(int images) =>
            $"echo '{{\"images\":{images},\"steps\":6,\"seconds\":1,\"cpu_seconds\":1,\"peak_mib\":9}}'";
        var result = Comparison.Run(Two, Two.Sides, (side, _) => side.Role == Role.Foresee
            ? [new("", Script(Rate(100), value: "1.5"))]
            : [new("slow", Script(Rate(20), "1.5")), new("quick", Script(Rate(50), "1.5")), new("slower", Script(Rate(10), "1.5"))],
            seconds: 0.1);
        Assert.Equal(50, result.ImagesPerSecond["peer_default"]);
        Assert.Equal(KeyValuePair.Create("peer_default", "quick"), Assert.Single(result.Settings));
    }

    private static BenchmarkResult Run(Benchmark benchmark, Func<Side, ProcessStartInfo> start) =>
        Comparison.Run(benchmark, benchmark.Sides, (side, _) => [new("", start(side))], seconds: 0.1);

    private static ProcessStartInfo Script(string measure, string value)
    {
        var answer = $"if [ $word = check ]; then echo '{{\"values\":[{value}]}}'; else {measure}; fi";
        return new("/bin/sh", ["-c", $"n=0; while read word seconds; do {answer}; done"]);
    }
}
