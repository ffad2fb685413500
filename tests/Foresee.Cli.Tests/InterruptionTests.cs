using System.Diagnostics;
using System.Text.Json;

namespace Foresee.Cli.Tests;

/// <summary>What happens to a run when its process or its disk fails.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-interruption-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    private string[] Line(string run) =>
    [
        "pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--out", In(run),
        "--images", "1600", "--checkpoint-seconds", "0.2", "--threads", "1",
    ];

    private (long Step, double Loss)[] Losses(string run) => [.. File.ReadLines(In($"{run}/metrics.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Select(e => (e.GetProperty("step").GetInt64(), e.GetProperty("loss").GetDouble()))];

    [Fact]
    public void A_run_killed_in_the_middle_and_resumed_has_the_losses_of_an_uninterrupted_one()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 200);
        Assert.Equal(ExitCode.Success, Invocation.Program(Line("whole")).Code);
        var expected = Losses("whole");
        Assert.Equal(5, expected.Length); // 50 steps, every tenth

        using (var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. Line("killed")])
        { RedirectStandardOutput = true })!)
        {
            var metrics = In("killed/metrics.jsonl");
            while (!process.HasExited && !(File.Exists(metrics) && File.Exists(In("killed/checkpoint.safetensors"))
                && new FileInfo(metrics).Length > 500)) Thread.Sleep(10);
            Assert.False(process.HasExited, "The run ended before it could be killed.");
            process.Kill(); // SIGKILL
            process.WaitForExit();
        }
        Assert.False(Losses("killed").SequenceEqual(expected));
        Assert.Equal(ExitCode.Success, Invocation.Program([.. Line("killed"), "--resume"]).Code);
        Assert.Equal(expected, Losses("killed"));
    }

    [Fact]
    public void A_read_only_output_folder_is_named_before_the_work()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        Directory.CreateDirectory(In("locked"));
        // Read-only for root too, in a mount namespace of its own.
        var program = string.Join(' ', Line("locked/run").Prepend(Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"))
            .Select(word => $"'{word}'"));
        var result = Invocation.Start("unshare", ["--map-root-user", "--mount", "sh", "-c",
            $"mount -t tmpfs -o ro none '{In("locked")}' && dotnet {program}"]);
        Assert.Equal(ExitCode.Failed, result.Code);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"Can't write to {In("locked/run")}", line, StringComparison.Ordinal);
        Assert.DoesNotContain("step", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_one_clear_line_and_keeps_what_was_whole()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        Directory.CreateDirectory(In("small"));
        // A disk of 300 KiB in a mount namespace of its own: too small for a checkpoint.
        var program = string.Join(' ', Line("small/run").Prepend(Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"))
            .Select(word => $"'{word}'"));
        var result = Invocation.Start("unshare", ["--map-root-user", "--mount", "sh", "-c",
            $"mount -t tmpfs -o size=300k none '{In("small")}' && dotnet {program}; code=$?; ls '{In("small/run")}'; exit $code"]);
        Assert.Equal(ExitCode.Failed, result.Code);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(".safetensors", line, StringComparison.Ordinal);
        Assert.Contains("No space left on device", line, StringComparison.Ordinal);
        Assert.Contains("run.json", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("safetensors", result.Out, StringComparison.Ordinal); // no half of one
    }

    [Fact]
    public void A_limit_on_file_sizes_is_told_like_a_full_disk_and_does_not_kill_without_a_word()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        var program = string.Join(' ', Line("limited").Prepend(Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"))
            .Select(word => $"'{word}'"));
        // 300 KiB; the runtime's own mapping of memory for code counts, too, unless it is told to do without.
        var result = Invocation.Start("bash", ["-c", $"ulimit -f 300; exec dotnet {program}"], ("DOTNET_EnableWriteXorExecute", "0"));
        Assert.Equal(ExitCode.Failed, result.Code);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("A file may not become so large", line, StringComparison.Ordinal);
        Assert.Contains("ulimit -f unlimited", line, StringComparison.Ordinal);
        Assert.Contains(".safetensors", line, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(In("limited"), "*.tmp"));
    }

    [Fact]
    public void What_a_killed_run_left_half_written_is_gone_after_resuming()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        string[] line = ["pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "32"];
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code);
        using var gone = Process.Start("true");
        gone.WaitForExit();
        foreach (var name in new[] { $"checkpoint.safetensors.{gone.Id}.tmp",
            $"augmentation.png.{gone.Id}.part" }) File.WriteAllText(In($"run/{name}"), "half");
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--resume"]).Code);
        Assert.Empty(Directory.GetFiles(In("run"), $"*.{gone.Id}.*"));
    }
}
