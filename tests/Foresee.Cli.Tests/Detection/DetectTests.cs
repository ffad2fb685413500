using System.Diagnostics;
using System.Text.Json;
using Foresee.Images;

namespace Foresee.Cli.Tests;

/// <summary>foresee detect on pictures of red squares that are made here.</summary>
public sealed class DetectTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("foresee-detect-");

    public void Dispose() => folder.Delete(recursive: true);

    private string In(string path) => Path.Combine(folder.FullName, path);

    private string Voc(int count = 6, string name = "red")
    {
        var voc = In("voc");
        foreach (var part in new[] { "Annotations", "JPEGImages", "ImageSets/Main" }) Directory.CreateDirectory(Path.Combine(voc, part));
        for (var i = 0; i < count; i++)
        {
            byte[] pixels = [.. Enumerable.Repeat((byte)90, 64 * 64 * 3)];
            var (left, top) = (3 + 5 * (i % 5), 8 + 4 * (i % 7));
            for (var y = top; y < top + 24; y++)
                for (var x = left; x < left + 24; x++) pixels[(y * 64 + x) * 3] = 250;
            File.WriteAllBytes(Path.Combine(voc, "JPEGImages", $"{i}.png"), ImageFile.EncodePng(new(64, 64, 3, pixels)));
            File.WriteAllText(Path.Combine(voc, "Annotations", $"{i}.xml"), $"<annotation><object><name>{name}</name><bndbox><xmin>{left + 1}"
                + $"</xmin><ymin>{top + 1}</ymin><xmax>{left + 24}</xmax><ymax>{top + 24}</ymax></bndbox></object></annotation>");
        }
        File.WriteAllLines(Path.Combine(voc, "ImageSets/Main/train.txt"), Enumerable.Range(0, count - 2).Select(i => $"{i}"));
        File.WriteAllLines(Path.Combine(voc, "ImageSets/Main/test.txt"), Enumerable.Range(count - 2, 2).Select(i => $"{i}"));
        return voc;
    }

    [Fact]
    public void A_detector_is_trained_measured_and_used()
    {
        var voc = Voc();
        var trained = Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs", "1", "--batch", "2", "--json",
            In("train.json"));
        Assert.Equal((ExitCode.Success, ""), (trained.Code, trained.Error));
        Assert.Contains("4 images of " + voc + ", train with 4 boxes: red 4", trained.Out, StringComparison.Ordinal);
        Assert.Contains("start: random weights; canvas 64 x 64 px", trained.Out, StringComparison.Ordinal);
        Assert.Contains("step 2/2", trained.Out, StringComparison.Ordinal);
        Assert.Contains("s left", trained.Out, StringComparison.Ordinal);
        Assert.Contains(" detect evaluate ", trained.Out, StringComparison.Ordinal);
        Assert.True(Fields("train.json").GetProperty("finished").GetBoolean());

        var measured = Invocation.Program("detect", "evaluate", In("run"), voc, "--out", In("run/test"), "--pictures", "1", "--json", In("test.json"));
        Assert.Equal((ExitCode.Success, ""), (measured.Code, measured.Error));
        Assert.Contains("mAP50 ", measured.Out, StringComparison.Ordinal);
        Assert.Equal(2, Fields("test.json").GetProperty("objects").GetInt32());
        Assert.Equal(3, File.ReadAllLines(In("run/test/scores.csv")).Length);
        Assert.True(File.Exists(In("run/test/precision-recall.svg")));
        Assert.Single(Directory.GetFiles(In("run/test/pictures")));

        File.WriteAllText(Path.Combine(voc, "JPEGImages/broken.png"), "no picture");
        var used = Invocation.Program("detect", "predict", In("run"), Path.Combine(voc, "JPEGImages"), "--least", "0.01", "--pictures", "--out", In("found"));
        Assert.Equal(ExitCode.Incomplete, used.Code);
        Assert.Contains("broken.png", used.Error, StringComparison.Ordinal);
        Assert.StartsWith("file,class,score,left,top,right,bottom\n", File.ReadAllText(In("found/boxes.csv")), StringComparison.Ordinal);
        Assert.Equal(6, Directory.GetFiles(In("found/pictures")).Length);

        var again = Invocation.Program("detect", "train", voc, "--out", In("run"));
        Assert.Equal(ExitCode.Usage, again.Code);
        Assert.Contains("go on with it by --resume", again.Error, StringComparison.Ordinal);
        var other = Invocation.Program("detect", "train", voc, "--out", In("run"), "--resume", "--epochs", "3");
        Assert.Equal(ExitCode.Usage, other.Code);
        Assert.Contains("It goes on with those", other.Error, StringComparison.Ordinal);
        var same = Invocation.Program("detect", "train", voc, "--out", In("run"), "--resume", "--epochs", "1", "--batch", "2");
        Assert.Equal((ExitCode.Success, ""), (same.Code, same.Error));

        File.WriteAllText(Path.Combine(voc, "Annotations/5.xml"), File.ReadAllText(Path.Combine(voc, "Annotations/5.xml")).Replace("red", "green"));
        var unknown = Invocation.Program("detect", "evaluate", In("run"), voc, "--out", In("other"));
        Assert.Equal(ExitCode.Failed, unknown.Code);
        Assert.Contains("has boxes of green", unknown.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("other")));
    }

    [Fact]
    public void Without_splits_all_is_learnt_and_measured_and_that_it_is_the_same_is_told()
    {
        var voc = Voc();
        Directory.Delete(Path.Combine(voc, "ImageSets"), recursive: true);
        var trained = Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs", "0.5");
        Assert.Equal((ExitCode.Success, ""), (trained.Code, trained.Error));
        Assert.DoesNotContain("--split", trained.Out, StringComparison.Ordinal); // in the line that comes next
        var measured = Invocation.Program("detect", "evaluate", In("run"), voc, "--out", In("all"));
        Assert.Equal(ExitCode.Success, measured.Code);
        Assert.Contains("learnt from just these images", measured.Error, StringComparison.Ordinal);
        Assert.Contains("6 images of ", measured.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_with_a_rate_of_its_own_goes_on_with_the_batch_alone_and_names_what_differs()
    {
        var voc = Voc();
        string[] line = ["detect", "train", voc, "--out", In("run"), "--batch", "2"];
        Assert.Equal(ExitCode.Success, Invocation.Program([.. line, "--rate", "0.001", "--size", "64x64", "--epochs", "0.5"]).Code);
        var same = Invocation.Program([.. line, "--resume"]);
        Assert.Equal((ExitCode.Success, ""), (same.Code, same.Error));
        var other = Invocation.Program([.. line[..^1], "1", "--resume", "--network", "c4", "--precision", "bf16", "--size", "96x64",
            "--start", In("run/detector.safetensors")]);
        Assert.Equal(ExitCode.Usage, other.Code);
        Assert.Contains("(network Pyramid, the line says LastStage; start random weights, the line says detector; "
            + "width 64, the line says 96; batch_size 2, the line says 1; learning_rate 0.001, the line says 0.0025; "
            + "precision f32, the line says bf16)", other.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_prediction_keeps_the_boxes_of_the_images_that_are_done()
    {
        var voc = Voc(12);
        Assert.Equal(ExitCode.Success, Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs", "0.5").Code);
        string[] line = ["detect", "predict", In("run"), "-", "--least", "0.000001", "--pictures", "--out", In("found"), "--json", In("found.json")];
        using var process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. line])
        { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var told = process.StandardOutput.ReadToEndAsync();
        Give(0, 8);
        while (!process.HasExited && !(Directory.Exists(In("found/pictures")) && Directory.GetFiles(In("found/pictures"), "*.svg").Length == 8))
            Thread.Sleep(10);
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
        Assert.Contains("stopping after these images", process.StandardError.ReadLine(), StringComparison.Ordinal);
        Give(8, 12);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(ExitCode.Failed, process.ExitCode);
        Assert.StartsWith("8 images, ", (await told).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1], StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}.png"),
            File.ReadLines(In("found/boxes.csv")).Skip(1).Select(row => Path.GetFileName(row.Split(',')[0])).Distinct());
        Assert.True(Fields("found.json").GetProperty("stopped").GetBoolean());

        void Give(int from, int to)
        {
            foreach (var i in Enumerable.Range(from, to - from)) process.StandardInput.WriteLine(Path.Combine(voc, "JPEGImages", $"{i}.png"));
            process.StandardInput.Flush();
        }
    }

    [Fact]
    public void Pictures_that_are_cut_off_are_left_out_before_training_and_measuring()
    {
        var voc = Voc();
        foreach (var i in new[] { 1, 4 }) // of training and of the test; the headers are whole
        {
            var file = Path.Combine(voc, "JPEGImages", $"{i}.png");
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^30]);
            Assert.Equal(64, ImageFile.Look(file).Width);
        }
        var trained = Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs", "1");
        Assert.Equal(ExitCode.Success, trained.Code);
        Assert.Contains("1.png was left out: ", trained.Error, StringComparison.Ordinal);
        Assert.Contains("3 images of ", trained.Out, StringComparison.Ordinal);
        var measured = Invocation.Program("detect", "evaluate", In("run"), voc, "--out", In("test"));
        Assert.Equal(ExitCode.Success, measured.Code);
        Assert.Contains("4.png was left out: ", measured.Error, StringComparison.Ordinal);
        Assert.Contains("1 images of ", measured.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_goes_on_with_the_split_the_share_and_the_seed_that_it_began_with()
    {
        var voc = Voc(10);
        File.Copy(Path.Combine(voc, "ImageSets/Main/train.txt"), Path.Combine(voc, "ImageSets/Main/few.txt"));
        var begun = Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs", "1", "--split", "few",
            "--share", "0.5", "--seed", "3");
        Assert.Equal((ExitCode.Success, ""), (begun.Code, begun.Error));
        Assert.Contains("4 images of " + voc + ", few with ", begun.Out, StringComparison.Ordinal);
        var again = Invocation.Program("detect", "train", voc, "--out", In("run"), "--resume");
        Assert.Equal((ExitCode.Success, ""), (again.Code, again.Error));
        Assert.Contains("4 images of " + voc + ", few with ", again.Out, StringComparison.Ordinal);
        foreach (var other in new[] { "--split train", "--share 0.25", "--seed 4" })
            Assert.Contains("It goes on with those", Invocation.Program(["detect", "train", voc, "--out", In("run"), "--resume",
                .. other.Split(' ')]).Error, StringComparison.Ordinal);

        // Killed before its first checkpoint, it can only begin.
        File.Delete(In("run/checkpoint.safetensors"));
        Assert.Contains("holds no training to go on with", Invocation.Program("detect", "train", voc, "--out", In("run"), "--resume").Error,
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Invocation.Program("detect", "train", voc, "--out", In("run"), "--size", "64x64", "--epochs",
            "0.5").Code);
    }

    [Theory]
    [InlineData("train none --out x", "There is no folder ")]
    [InlineData("train voc --split other --out x", "no split 'other'")]
    [InlineData("train voc --out x --resume", "holds no training to go on with")]
    [InlineData("train voc --out x --random", "--random draws the weights of --start anew")]
    [InlineData("train voc --out x --frozen", "--frozen leaves the encoder as it is")]
    [InlineData("train voc --out x --share 2", "--share must be at most 1")]
    [InlineData("train voc --out x --size 9", "--size must be width x height in pixels from 32 to 4096")]
    [InlineData("train voc --out x --network grid", "needs an encoder of patches")]
    [InlineData("evaluate none voc --out x", "There is no detector in ")]
    [InlineData("predict none voc --out x", "There is no detector in ")]
    public void What_cannot_be_done_is_one_clear_line(string line, string told)
    {
        Voc();
        var result = Invocation.Program(["detect", .. line.Split(' ').Select(word => word is "none" or "voc" or "x" ? In(word) : word)]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(told, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(In("x/detection.json")));
    }

    private JsonElement Fields(string file) => JsonDocument.Parse(File.ReadAllText(In(file))).RootElement;
}
