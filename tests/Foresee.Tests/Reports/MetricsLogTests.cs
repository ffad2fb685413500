using System.Text.Json;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class MetricsLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File(MetricsLog.FileName);

    public void Dispose() => folder.Dispose();

    private void Write(IEnumerable<MetricsEntry> entries)
    {
        using var log = MetricsLog.Create(Target);
        foreach (var entry in entries) log.Append(entry);
    }

    [Fact]
    public void Every_field_is_read_back()
    {
        var entry = Samples.Log(3).Last();
        using var extra = JsonDocument.Parse("0.5");
        Write([entry with { More = new Dictionary<string, JsonElement> { ["queue_age"] = extra.RootElement } }]);
        var read = Assert.Single(MetricsLog.Read(Target));

        Assert.Equal(0.5, read.More!["queue_age"].GetDouble());
        Assert.Equal(entry.Accuracies!["down"], read.Accuracies!["down"]);
        Assert.Equal(entry, read with { Accuracies = entry.Accuracies, More = null });
    }

    [Fact]
    public void Each_line_is_one_object_with_the_documented_names()
    {
        Write(Samples.Log(2));
        var lines = File.ReadAllLines(Target);
        Assert.Equal(2, lines.Length);
        using var json = JsonDocument.Parse(lines[1]);
        foreach (var name in new[] { "step", "epoch", "loss", "images_per_second", "chance", "accuracies", "learning_rate", "gradient_norm",
            "seconds", "waiting" })
            Assert.True(json.RootElement.TryGetProperty(name, out _), name);
    }

    [Fact]
    public void A_line_is_readable_by_others_as_soon_as_it_is_logged()
    {
        using var log = MetricsLog.Create(Target);
        log.Append(Samples.Log(1).Single());
        Assert.Equal(10, Assert.Single(MetricsLog.Read(Target)).Step);
    }

    [Fact]
    public void A_loss_that_is_no_number_is_logged_as_such()
    {
        Write([new(1, 0, double.NaN, double.PositiveInfinity)]);
        var read = Assert.Single(MetricsLog.Read(Target));
        Assert.True(double.IsNaN(read.Loss));
        Assert.True(double.IsPositiveInfinity(read.ImagesPerSecond));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(100)]
    public void A_torn_last_line_is_passed_over(int left)
    {
        Write(Samples.Log(3));
        var lines = File.ReadAllLines(Target);
        File.WriteAllText(Target, $"{lines[0]}\n{lines[1]}\n{lines[2][..left]}");
        Assert.Equal([10, 20], MetricsLog.Read(Target).Select(e => e.Step));
    }

    [Fact]
    public void A_damaged_line_inside_is_named()
    {
        Write(Samples.Log(3));
        var lines = File.ReadAllLines(Target);
        File.WriteAllText(Target, $"{lines[0]}\n{lines[1][..30]}\n{lines[2]}\n");
        var error = Assert.Throws<InvalidDataException>(() => MetricsLog.Read(Target));
        Assert.Contains("Line 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]    // killed just after a line
    [InlineData(1)]    // its end of line is missing
    [InlineData(50)]   // torn inside the line
    public void A_killed_and_resumed_run_leaves_the_file_of_an_uninterrupted_one(int missing)
    {
        Write(Samples.Log(9));
        var whole = File.ReadAllBytes(Target);

        File.Delete(Target);
        Write(Samples.Log(9).Take(6)); // its last checkpoint was at step 40
        using (var file = File.OpenWrite(Target)) file.SetLength(file.Length - missing);
        using (var log = MetricsLog.Resume(Target, step: 40))
        {
            Assert.Equal([10, 20, 30, 40], MetricsLog.Read(Target).Select(e => e.Step));
            foreach (var entry in Samples.Log(9).Skip(4)) log.Append(entry);
        }
        Assert.Equal(whole, File.ReadAllBytes(Target));
    }

    [Fact]
    public void A_whole_last_line_without_its_end_is_kept()
    {
        Write(Samples.Log(4));
        var whole = File.ReadAllBytes(Target);
        using (var file = File.OpenWrite(Target)) file.SetLength(file.Length - 1);
        using (var log = MetricsLog.Resume(Target, step: 40)) log.Sync();
        Assert.Equal(whole, File.ReadAllBytes(Target));
    }

    [Fact]
    public void Resuming_before_the_first_line_or_without_a_file_starts_afresh()
    {
        using (var log = MetricsLog.Resume(Target, step: 5)) log.Append(Samples.Log(1).Single());
        using (var log = MetricsLog.Resume(Target, step: 5)) Assert.Empty(MetricsLog.Read(Target));
    }

    [Fact]
    public void Another_runs_log_is_not_overwritten()
    {
        Write(Samples.Log(1));
        var error = Assert.Throws<IOException>(() => MetricsLog.Create(Target));
        Assert.Contains("resume", error.Message, StringComparison.Ordinal);
        Assert.Single(MetricsLog.Read(Target));
    }

    [Fact]
    public void Steps_must_grow()
    {
        Write(Samples.Log(2));
        using var log = MetricsLog.Resume(Target, step: 20);
        var error = Assert.Throws<ArgumentException>(() => log.Append(new(20, 1, 1, 1)));
        Assert.Contains("step 20 after step 20", error.Message, StringComparison.Ordinal);
    }
}
