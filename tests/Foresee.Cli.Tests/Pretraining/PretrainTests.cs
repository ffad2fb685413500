using System.Text.Json;
using Foresee.Images;

namespace Foresee.Cli.Tests;

/// <summary>The real program, from an empty folder to an encoder, and what it says when that can't work.</summary>
public sealed class PretrainTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-pretrain-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    [Fact]
    public void A_probe_is_shown_logged_and_drawn_and_TensorBoard_finds_its_file()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), 60, In("train-labels-idx1-ubyte"));
        string[] line = ["pretrain", folder, "--recipe", "fashion-mnist", "--images", "320", "--threads", "1"];
        var probed = Invocation.Program([.. line, "--out", In("probed"), "--probe", folder]);
        Assert.Equal("", probed.ErrorBesidesBudget);
        Assert.Contains("at step 10: effective rank ", probed.Out, StringComparison.Ordinal);
        Assert.Contains(", probe images ", probed.Out, StringComparison.Ordinal);
        var last = JsonDocument.Parse(File.ReadLines(In("probed/metrics.jsonl")).Last()).RootElement;
        Assert.InRange(last.GetProperty("effective_rank").GetDouble(), 1, 256);
        Assert.InRange(last.GetProperty("probe_accuracy").GetDouble(), 0, 1);
        Assert.Contains("labelled probe images", File.ReadAllText(In("probed/report.html")), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(In("probed"), "events.out.tfevents.*"));
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--out", In("plain")]).Code);
        // labels reach nothing that learns
        Assert.Equal(File.ReadAllBytes(In("plain/encoder.safetensors")), File.ReadAllBytes(In("probed/encoder.safetensors")));
    }

    [Fact]
    public void Trains_saves_refuses_to_overwrite_and_goes_on()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        string[] line = ["pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "64",
            "--json", In("result.json")];
        var first = Invocation.Program(line);
        Assert.Equal("", first.ErrorBesidesBudget);
        Assert.Equal(ExitCode.Success, first.Code);
        Assert.True(File.Exists(In("run/encoder.safetensors")));
        Assert.Contains("next: ./foresee evaluate", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', first.Out); // no terminal, no escape codes
        var report = File.ReadAllText(In("run/report.html"));
        foreach (var picture in new[] { "augmentation.png", "retrievals-untrained.png",
            "retrievals.png" }) Assert.Contains(Convert.ToBase64String(File.ReadAllBytes(In($"run/{picture}"))), report,
            StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(In("result.json"))).RootElement;
        Assert.True(fields.GetProperty("finished").GetBoolean());
        Assert.Equal(2, fields.GetProperty("step").GetInt64());
        var description = JsonDocument.Parse(File.ReadAllText(In("run/run.json"))).RootElement;
        Assert.Equal("./foresee " + string.Join(' ', line), description.GetProperty("command").GetString());

        var again = Invocation.Program(line);
        Assert.Equal(ExitCode.Usage, again.Code);
        Assert.Contains("already holds a run", again.Error, StringComparison.Ordinal);

        var resumed = Invocation.Program([.. line, "--resume"]);
        Assert.Equal(ExitCode.Success, resumed.Code);

        var metrics = File.ReadAllText(In("run/metrics.jsonl"));
        foreach (var (typed, expected) in new[]
        {
            ("--recipe cifar10", "has recipe fashion-mnist, --recipe says cifar10"),
            ("--seed 5", "has seed 0, --seed says 5"),
            ("--images 128", "has budget --images 64, the command line says --images 128"),
            ("--epochs 2", "has budget --images 64, the command line says --epochs 2"),
            ("--checkpoint-seconds 7", "has checkpoint seconds 60, --checkpoint-seconds says 7"),
            ($"--threads {Environment.ProcessorCount + 1}",
                $"has threads {Environment.ProcessorCount}, --threads says {Environment.ProcessorCount + 1}"),
            ("--seed 1 --minutes 1.5", "has seed 0, --seed says 1; budget --images 64, the command line says --minutes 1.5"),
        })
        {
            var other = Invocation.Here(["pretrain", In("train-images-idx3-ubyte"), "--out", In("run"), "--resume", .. typed.Split(' ')]);
            Assert.Equal(ExitCode.Usage, other.Code);
            Assert.Contains(expected, other.Error, StringComparison.Ordinal);
            Assert.Contains("another --out", other.Error, StringComparison.Ordinal);
        }
        Assert.Equal(metrics, File.ReadAllText(In("run/metrics.jsonl")));
    }

    [Fact]
    public void The_demo_refuses_a_folder_with_a_run_of_another_recipe()
    {
        foreach (var number in Enumerable.Range(0, 40))
            File.WriteAllBytes(Directory.CreateDirectory(In("photos")) + $"/{number}.png",
                ImageFile.EncodePng(new(32, 32, 1, [.. Enumerable.Range(0, 1024).Select(i => (byte)(i * (number + 1)))])));
        Assert.Equal(ExitCode.Success, Invocation.Program("pretrain", In("photos"), "--recipe", "folder", "--out", In("run"), "--images",
            "32").Code);
        var description = File.ReadAllText(In("run/run.json"));
        var demo = Invocation.Here("demo", "--out", In("run"));
        Assert.Equal(ExitCode.Usage, demo.Code);
        Assert.Contains("has recipe folder, the demo's is fashion-mnist; choose another --out", demo.Error, StringComparison.Ordinal);
        Assert.Equal(description, File.ReadAllText(In("run/run.json")));
    }

    [Fact]
    public void Too_few_images_for_a_batch_are_told_with_both_numbers()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 24);
        var result = Invocation.Program("pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--out", In("run"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains("compares 32 images with each other", result.Error, StringComparison.Ordinal);
        Assert.Contains("24; add images, or take the recipe folder", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(In("run/run.json"))); // the corrected line can be typed with the same --out
    }

    [Theory]
    [InlineData("no-such-folder", "There is no folder", ExitCode.Usage)]
    [InlineData("empty", "holds no images", ExitCode.Failed)]
    public void Images_that_are_not_there_are_one_clear_line(string name, string expected, int code)
    {
        Directory.CreateDirectory(In("empty"));
        var result = Invocation.Program("pretrain", In(name), "--out", In("run"));
        Assert.Equal(code, result.Code);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        Assert.Contains(In(name), line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("run")));
    }

    [Fact]
    public void An_output_that_is_a_file_is_named_before_the_work()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        File.WriteAllText(In("run"), "not a folder");
        var result = Invocation.Program("pretrain", In("train-images-idx3-ubyte"), "--recipe", "fashion-mnist", "--out", In("run"));
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.Contains($"Can't write to {In("run")}", result.Error, StringComparison.Ordinal);
        Assert.Equal("not a folder", File.ReadAllText(In("run")));
    }

    [Fact]
    public void Resuming_what_was_never_started_is_a_usage_fault()
    {
        MadeImages.Write(In("train-images-idx3-ubyte"), count: 40);
        var result = Invocation.Program("pretrain", In("train-images-idx3-ubyte"), "--out", In("run"), "--resume");
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains("holds no run to go on with", result.Error, StringComparison.Ordinal);
    }
}
