using System.Diagnostics;
using System.Text.Json;
using Foresee.Images;
using Foresee.Torch.Files;

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
        var line = Assert.Single(result.ErrorBesidesBudget.Split('\n', StringSplitOptions.RemoveEmptyEntries));
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
        var line = Assert.Single(result.ErrorBesidesBudget.Split('\n', StringSplitOptions.RemoveEmptyEntries));
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
        var here = AtomicFile.Beside(In("run/checkpoint.safetensors"))
            .Replace($".{Environment.ProcessId}.", $".{gone.Id}.", StringComparison.Ordinal);
        var earlier = In($"run/augmentation.png.{gone.Id}.part"); // of version 0.1, days ago
        foreach (var file in new[] { here, earlier }) File.WriteAllText(file, "half");
        File.SetLastWriteTimeUtc(earlier, DateTime.UtcNow.AddDays(-2));
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--resume"]).Code);
        Assert.Empty(Directory.GetFiles(In("run"), $"*.{gone.Id}.*"));
    }

    [Fact]
    public void A_stopped_run_says_so_wherever_it_is_used_and_the_line_that_it_names_finishes_it()
    {
        var images = Directory.CreateDirectory(In("my images")).FullName;
        MadeImages.Write(In("my images/train-images-idx3-ubyte"), 64, In("my images/train-labels-idx1-ubyte"));
        MadeImages.Write(In("my images/t10k-images-idx3-ubyte"), 20, In("my images/t10k-labels-idx1-ubyte"));
        var run = In("run");
        string[] line = ["pretrain", images, "--recipe", "fashion-mnist", "--out", run, "--images", "64000", "--threads", "1"];
        using (var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line])
        { RedirectStandardOutput = true })!)
        {
            while (!process.HasExited && !File.Exists(In("run/metrics.jsonl"))) Thread.Sleep(10);
            var during = Invocation.Program("inspect", run);
            Assert.Contains("state      is still being trained: ", during.Out, StringComparison.Ordinal);
            while (!process.HasExited && new FileInfo(In("run/metrics.jsonl")).Length == 0) Thread.Sleep(10);
            Process.Start("kill", ["-TERM", $"{process.Id}"])!.WaitForExit();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(ExitCode.Failed, process.ExitCode);
        }
        var step = Foresee.Runs.RunProgress.Of(run)!.Step;
        Assert.InRange(step, 10, 1999);
        var told = $"is unfinished: the encoder is that of step {step:N0} of 2,000; this goes on: ./foresee pretrain '{images}' "
            + $"--recipe fashion-mnist --out {run} --images 64000 --threads 1 --resume";
        Assert.Contains("state      " + told, Invocation.Program("inspect", run).Out, StringComparison.Ordinal);
        foreach (var use in new string[][] { ["embed", run, images, "--out", In("features.npy")],
            ["evaluate", run, images, "--labels", "5/class", "--draws", "1", "--out", In("evaluation")] })
        {
            var used = Invocation.Program(use);
            Assert.Equal((ExitCode.Success, $"warning: the run in {run} {told}\n"), (used.Code, used.Error));
        }
        var fitted = Invocation.Program("fit", images, images, "--out", In("model"), "--starts", run, "--without",
            "none,kmeans,imagenet-resnet18", "--protocol", "linear", "--minutes", "1");
        Assert.Equal(ExitCode.Success, fitted.Code);
        Assert.Contains($"warning: run: {told}\n", fitted.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_cant_be_read_are_counted_where_the_run_is_told()
    {
        var images = Directory.CreateDirectory(In("photos")).FullName;
        for (var i = 0; i < 12; i++)
            File.WriteAllBytes(Path.Combine(images, $"{i:00}.png"), ImageFile.EncodePng(new(32, 32, 1,
                [.. Enumerable.Range(0, 1024).Select(p => (byte)(p * (i + 3) % 251))])));
        File.WriteAllText(Path.Combine(images, "a, \"b\".png"), "no picture");
        File.WriteAllText(Path.Combine(images, "05.png"), "");
        string[] line = ["pretrain", images, "--out", In("run"), "--images", "44", "--threads", "1"];
        Assert.Equal(ExitCode.Success, Invocation.Program(line).Code);
        Assert.Equal([Path.Combine(images, "05.png"), Path.Combine(images, "a, \"b\".png")],
            Foresee.Runs.UnreadableFile.Read(In("run")).Select(row => row.File).Order(StringComparer.Ordinal));
        Assert.Contains($"unreadable 2 images, named in {In("run/unreadable.csv")}", Invocation.Program("inspect", In("run")).Out,
            StringComparison.Ordinal);
    }
}
