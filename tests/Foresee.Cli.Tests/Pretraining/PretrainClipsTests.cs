using System.Text.Json;
using Foresee.Images;
using Foresee.Tests;

namespace Foresee.Cli.Tests;

/// <summary>From folders of frames to an encoder that other commands take.</summary>
public sealed class PretrainClipsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-clips-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    private static string Error(params string[] arguments)
    {
        var result = Invocation.Here(arguments);
        Assert.NotEqual(ExitCode.Success, result.Code);
        return result.Error;
    }

    [Fact]
    public void Clips_are_learnt_from_gone_on_with_and_the_encoder_is_measured_on_images()
    {
        MadeClips.Write(In("clips"), clips: 6, frames: 8);
        File.WriteAllBytes(In("clips/clip-002/frame4.png"), [1, 2, 3]);
        string[] line = ["pretrain", In("clips"), "--method", "motion-segmentation", "--images", "64", "--frame-step", "1", "--threads", "1",
            "--out", In("run")];
        var first = Invocation.Program(line);
        Assert.Equal(ExitCode.Success, first.Code);
        Assert.Contains("chosen: 6 clips of 48 frames in all", first.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 48 images could not be read", first.Out, StringComparison.Ordinal);
        Assert.Contains("next: ./foresee evaluate " + In("run") + " LABELLED", first.Out, StringComparison.Ordinal);
        Assert.Contains("frame4.png", File.ReadAllText(In("run/unreadable.csv")), StringComparison.Ordinal);
        var report = File.ReadAllText(In("run/report.html"));
        foreach (var picture in new[] { "augmentation.png", "outputs.png" })
            Assert.Contains(Convert.ToBase64String(File.ReadAllBytes(In($"run/{picture}"))), report, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Invocation.Program("pretrain", In("clips"), "--out", In("run"), "--resume").Code); // is at its end
        Assert.Contains("frame step 1, --frame-step says 2",
            Error("pretrain", In("clips"), "--out", In("run"), "--resume", "--frame-step", "2"), StringComparison.Ordinal);

        File.Delete(In("clips/clip-002/frame4.png"));
        var measured = Invocation.Program("evaluate", In("run"), In("clips"), "--protocol", "linear", "--labels", "2/class", "--draws", "1",
            "--validation", "--out", In("evaluation"), "--json", In("evaluation.json"));
        Assert.Equal(ExitCode.Success, measured.Code);
        var rows = JsonDocument.Parse(File.ReadAllText(In("evaluation.json"))).RootElement.GetProperty("results");
        Assert.InRange(rows[0].GetProperty("value").GetDouble(), 0, 100);
    }

    [Fact]
    public void What_is_no_clip_is_refused_with_the_remedy()
    {
        Directory.CreateDirectory(In("photos"));
        for (var i = 0; i < 4; i++)
            File.WriteAllBytes(In($"photos/{i}.png"), ImageFile.EncodePng(MadeClips.Frame(MadeClips.Across(i, 4), i, 0)));
        Assert.Contains("holds 4 images and no clips; put the frames of each clip into a folder of their own",
            Error("pretrain", In("photos"), "--method", "shuffle-and-learn", "--out", In("run")), StringComparison.Ordinal);
        Assert.Contains("--frame-rate and --frame-step are for methods that learn from clips",
            Error("pretrain", In("photos"), "--method", "simclr", "--frame-step", "2", "--out", In("run")), StringComparison.Ordinal);
        MadeClips.Write(In("one"), clips: 1, frames: 9);
        Assert.Contains("tracking-triplet compares clips with each other and needs at least 2, got 1",
            Error("pretrain", In("one"), "--method", "tracking-triplet", "--out", In("run")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("run")) && Directory.EnumerateFiles(In("run")).Any());
    }
}
