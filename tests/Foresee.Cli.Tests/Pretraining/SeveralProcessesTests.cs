using System.Diagnostics;
using System.Text.Json;
using Foresee.Training;

namespace Foresee.Cli.Tests;

/// <summary>pretrain as two processes, and what happens when one of them ends, stands still or is asked to stop.</summary>
public sealed class SeveralProcessesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-ranks-").FullName;
    private readonly RankPrograms programs = new();
    private Process? alone;

    public SeveralProcessesTests() => MadeImages.Write(In("train-images-idx3-ubyte"), count: 200);

    public void Dispose()
    {
        programs.Dispose();
        if (alone is { HasExited: false }) alone.Kill();
        alone?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string In(string name) => Path.Combine(folder, name);

    private string[] Line(string run, int images, params string[] more) =>
    [
        "pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--precision", "f32", "--out", In(run), "--images", $"{images}",
        "--checkpoint-seconds", "0.2", "--threads", "1", .. more,
    ];

    private double[] Losses(string run) => [.. File.ReadLines(In($"{run}/metrics.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("loss").GetDouble())];

    /// <summary>Until it trains and a checkpoint is there.</summary>
    private void AwaitCheckpoint(string run, Process process)
    {
        while (!process.HasExited && !(File.Exists(In($"{run}/checkpoint.safetensors")) && new FileInfo(In($"{run}/metrics.jsonl")).Length > 500))
            Thread.Sleep(10);
        Assert.False(process.HasExited, "the run ended before it could be disturbed");
    }

    [Fact]
    public void Two_processes_have_the_losses_of_one_and_one_of_them_writes()
    {
        var alone = Invocation.Program(Line("one", 640, "--rank-timeout", "60"));
        Assert.Equal(ExitCode.Success, alone.Code);
        Assert.Contains("--rank-timeout: of no effect, for this is one process", alone.Out + alone.Error, StringComparison.Ordinal);
        var ranks = programs.Start(Line("two", 640));
        RankPrograms.Ended(ranks, ExitCode.Success);
        Assert.Contains("2 processes train together, each on 16 of the 32 images of a batch", ranks[0].Out, StringComparison.Ordinal);
        Assert.Equal(("", ""), (ranks[1].Out, ranks[1].Error));
        var (one, two) = (Losses("one"), Losses("two"));
        Assert.Equal(2, one.Length);
        Assert.Equal(2, two.Length);
        Assert.All(one.Zip(two), pair => Assert.Equal(pair.First, pair.Second, 1e-3 * pair.First));
        Assert.Equal(2, Checkpoint.RanksOf(In("two/checkpoint.safetensors")));
        Assert.Contains("2 processes train together", File.ReadAllText(In("two/run.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_rank_stops_the_other_at_once_and_a_restart_goes_on_with_another_number_of_processes()
    {
        var ranks = programs.Start(Line("run", 64000));
        AwaitCheckpoint("run", ranks[0].Process);
        var clock = Stopwatch.StartNew();
        ranks[1].Process.Kill();
        RankPrograms.Ended(ranks[..1], ExitCode.Failed);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
        var told = ranks[0].Error;
        Assert.Contains("Rank 0 of 2 on", told, StringComparison.Ordinal);
        Assert.Contains($"is in {In("run")}; start all ranks again with --resume", told, StringComparison.Ordinal);
        var (step, _) = Checkpoint.StepsOf(In("run/checkpoint.safetensors"));
        Assert.True(step > 0);

        // a launcher's restart repeats its line
        ranks = programs.Start(Line("run", 64000), ("TORCHELASTIC_RESTART_COUNT", "1"));
        while (!ranks[0].Process.HasExited && Checkpoint.StepsOf(In("run/checkpoint.safetensors")).Step <= step + 10) Thread.Sleep(20);
        Assert.Equal(0, Signal("-TERM", ranks[1].Process)); // one is asked to stop, both do
        RankPrograms.Ended(ranks, ExitCode.Failed);
        var (later, _) = Checkpoint.StepsOf(In("run/checkpoint.safetensors"));
        Assert.True(later > step + 10);

        alone = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. Line("run", 64000, "--resume")])
        { RedirectStandardOutput = true })!;
        while (!alone.HasExited && Checkpoint.StepsOf(In("run/checkpoint.safetensors")).Step <= later) Thread.Sleep(20);
        Assert.False(alone.HasExited);
    }

    [Fact]
    public void A_rank_that_stands_still_is_waited_for_no_longer_than_the_timeout()
    {
        var ranks = programs.Start(Line("run", 64000, "--rank-timeout", "20"));
        AwaitCheckpoint("run", ranks[0].Process);
        Assert.Equal(0, Signal("-STOP", ranks[1].Process));
        var clock = Stopwatch.StartNew();
        RankPrograms.Ended(ranks[..1], ExitCode.Failed);
        Assert.InRange(clock.Elapsed.TotalSeconds, 10, 90);
        Assert.Contains("has not done its part within 20 s", ranks[0].Error, StringComparison.Ordinal);
        Assert.True(Checkpoint.StepsOf(In("run/checkpoint.safetensors")).Step > 0);
    }

    [Fact]
    public void What_is_wrong_is_told_once_and_all_ranks_end()
    {
        var ranks = programs.Start(["pretrain", In("train-images-idx3-ubyte"), "--method", "barlow-twins", "--out", In("run"), "--images", "640"]);
        RankPrograms.Ended(ranks[..1], ExitCode.Failed);
        Assert.Contains("barlow-twins learns in one process so far, got 2 ranks", ranks[0].Error, StringComparison.Ordinal);
        RankPrograms.Ended(ranks[1..], ExitCode.Failed);

        Directory.CreateDirectory(In("begun"));
        Assert.Equal(ExitCode.Success, Invocation.Program(Line("begun", 64)).Code);
        ranks = programs.Start(Line("begun", 64));
        RankPrograms.Ended(ranks[..1], ExitCode.Usage);
        Assert.Contains("already holds a run", ranks[0].Error, StringComparison.Ordinal);
        RankPrograms.Ended(ranks[1..], ExitCode.Failed);
        Assert.Equal("", ranks[1].Error);
    }

    [Fact]
    public void What_is_wrong_on_rank_0_is_told_even_where_another_rank_has_ended_by_a_fault_of_its_own()
    {
        Directory.CreateDirectory(In("begun"));
        Assert.Equal(ExitCode.Success, Invocation.Program(Line("begun", 64)).Code);
        File.Delete(In("train-images-idx3-ubyte"));
        var ranks = programs.Start(Line("begun", 64));
        RankPrograms.Ended(ranks[..1], ExitCode.Usage);
        Assert.Contains("already holds a run", ranks[0].Error, StringComparison.Ordinal);
        Assert.True(ranks[1].Process.WaitForExit(TimeSpan.FromMinutes(2)));
        Assert.Contains("train-images-idx3-ubyte", ranks[1].Error, StringComparison.Ordinal);
    }

    private static int Signal(string signal, Process process)
    {
        using var kill = Process.Start("kill", [signal, $"{process.Id}"])!;
        kill.WaitForExit();
        return kill.ExitCode;
    }
}
