using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

/// <summary>Weights from elsewhere, named where else a run is.</summary>
public sealed class StartTests : IDisposable
{
    private const string Name = "imagenet-resnet18";
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-start-").FullName;

    private string Starts => Path.Combine(folder, "starts");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Invocation Foresee(params string[] arguments) => Invocation.Start("dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. arguments], ("FORESEE_STARTS", Starts));

    /// <summary>A small network in the start's place.</summary>
    private string Put(string path)
    {
        using var generator = new Generator(0);
        using var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.Plain, ConvStem.Small), new(16, 16, 3), generator);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        EncoderFile.Write(path, encoder);
        return path;
    }

    /// <summary>Twelve images of each class, which differ by their grey.</summary>
    private string Labelled(params string[] classes)
    {
        var data = Path.Combine(folder, "data");
        foreach (var (name, grey) in classes.Select((name, i) => (name, 40 + 100 * i)))
            for (var i = 0; i < 12; i++)
            {
                var path = Path.Combine(Directory.CreateDirectory(Path.Combine(data, name)).FullName, $"{i}.pgm");
                var pixels = Enumerable.Range(0, 256).Select(p => (byte)(grey + (p * 7 + i) % 40));
                File.WriteAllBytes(path, [.. "P5\n16 16\n255\n"u8, .. pixels]);
            }
        return data;
    }

    [Fact]
    public void Starts_are_listed_with_their_licence_and_where_they_are()
    {
        var before = Foresee("start", "list");
        Assert.Equal(ExitCode.Success, before.Code);
        Assert.Contains("licence MIT  not here", before.Out, StringComparison.Ordinal);
        Put(Path.Combine(Starts, Name, EncoderFile.FileName));
        Assert.Contains($"licence MIT  {Starts}/{Name}", Foresee("start", "list").Out, StringComparison.Ordinal);
        var again = Foresee("start", "get", Name);
        Assert.Equal((ExitCode.Success, $"{Name} is in {Starts}/{Name} already\n"), (again.Code, again.Out));
    }

    [Fact]
    public void A_start_and_a_file_of_weights_are_joined_and_measured_like_a_run()
    {
        Put(Path.Combine(Starts, Name, EncoderFile.FileName));
        var own = Put(Path.Combine(folder, "own", EncoderFile.FileName));
        var joined = Path.Combine(folder, "joined");
        var made = Foresee("start", "join", Name, own, "--out", joined);
        Assert.Equal((ExitCode.Success, ""), (made.Code, made.Error));
        Assert.Contains($"evaluate {joined} LABELLED", made.Out, StringComparison.Ordinal);
        var measured = Foresee("evaluate", joined, Labelled("dark", "light"), "--validation", "--labels", "3/class", "--draws", "1", "--out",
            Path.Combine(folder, "out"));
        Assert.Equal((ExitCode.Success, ""), (measured.Code, measured.Error));
        Directory.Delete(Path.Combine(folder, "data"), recursive: true);
        var leak = Foresee("evaluate", joined, Labelled("n01440764", "n01443537"), "--validation", "--labels", "3/class", "--out",
            Path.Combine(folder, "out2"));
        Assert.Equal(ExitCode.Usage, leak.Code);
        Assert.Contains("ImageNet", leak.Error, StringComparison.Ordinal);
        var mirrored = Path.Combine(folder, "mirrored");
        made = Foresee("start", "mirror", Name, "--upside-down", "--out", mirrored);
        Assert.Equal((ExitCode.Success, ""), (made.Code, made.Error));
        Assert.Contains($"evaluate {mirrored} LABELLED", made.Out, StringComparison.Ordinal);
        leak = Foresee("evaluate", mirrored, Path.Combine(folder, "data"), "--validation", "--labels", "3/class", "--out",
            Path.Combine(folder, "out3"));
        Assert.Contains("ImageNet", leak.Error, StringComparison.Ordinal);
        var twice = Foresee("start", "mirror", mirrored, "--out", Path.Combine(folder, "twice"));
        Assert.Equal(ExitCode.Usage, twice.Code);
        Assert.Contains("sees mirror images already", twice.Error, StringComparison.Ordinal);
        var stages = Path.Combine(folder, "stages");
        var none = Foresee("start", "stages", Name, "--from", "9", "--out", stages);
        Assert.Equal(ExitCode.Usage, none.Code);
        Assert.Contains("got 9", none.Error, StringComparison.Ordinal);
        made = Foresee("start", "stages", Name, "--from", "1", "--out", stages);
        Assert.Equal((ExitCode.Success, ""), (made.Code, made.Error));
        Assert.Contains($"evaluate {stages} LABELLED", made.Out, StringComparison.Ordinal);
        leak = Foresee("evaluate", stages, Path.Combine(folder, "data"), "--validation", "--labels", "3/class", "--out",
            Path.Combine(folder, "out4"));
        Assert.Contains("ImageNet", leak.Error, StringComparison.Ordinal);
        Assert.Contains("two or more encoders", Foresee("start", "join", Name, "--out", joined).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_start_that_is_not_here_or_not_known_is_told_with_the_line_that_helps()
    {
        var data = Labelled("dark", "light");
        var missing = Foresee("evaluate", Name, data, "--labels", "3/class", "--out", Path.Combine(folder, "out"));
        Assert.Equal(ExitCode.Usage, missing.Code);
        Assert.Contains($"fetch it: ./foresee start get {Name}", missing.Error, StringComparison.Ordinal);
        var unknown = Foresee("start", "get", "imagenet-resnet81");
        Assert.Equal(ExitCode.Usage, unknown.Code);
        Assert.Contains($"did you mean '{Name}'?", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_whose_labels_the_start_has_seen_are_refused_unless_asked_for_and_then_the_row_says_so()
    {
        Put(Path.Combine(Starts, Name, EncoderFile.FileName));
        string[] Line(string data) => ["evaluate", Name, data, "--labels", "3/class", "--draws", "1", "--validation", "--threads", "1",
            "--out", Path.Combine(folder, "out")];
        var data = Labelled("n01440764", "n02086240");
        var refused = Foresee(Line(data));
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("is made of ImageNet's photographs", refused.Error, StringComparison.Ordinal);
        var forced = Foresee([.. Line(data), "--allow-leak"]);
        Assert.True(forced.Code == ExitCode.Success, forced.Error);
        var row = File.ReadAllLines(Path.Combine(folder, "out/results.csv"))[1];
        Assert.Contains($"{Name}, trained on these labels", row, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_weights_is_measured_and_its_images_become_vectors()
    {
        var weights = Put(Path.Combine(folder, "mine.safetensors"));
        var data = Labelled("dark", "light");
        var measured = Foresee("evaluate", weights, data, "--labels", "3/class", "--draws", "1", "--validation", "--threads", "1",
            "--out", Path.Combine(folder, "out"));
        Assert.True(measured.Code == ExitCode.Success, measured.Error);
        Assert.Contains(",mine,linear,3/class,", File.ReadAllText(Path.Combine(folder, "out/results.csv")), StringComparison.Ordinal);
        var next = measured.Out.Split('\n').Single(line => line.StartsWith("next: ./foresee embed ", StringComparison.Ordinal));
        var embedded = Foresee([.. next["next: ./foresee ".Length..].Split(' '), "--threads", "1"]);
        Assert.True(embedded.Code == ExitCode.Success, embedded.Error);
        Assert.True(File.Exists(Path.Combine(folder, "out/features.npy")));
    }

    [Fact]
    public void Pretraining_goes_on_from_weights_says_so_and_can_be_resumed_without_them()
    {
        var weights = Put(Path.Combine(folder, "mine.safetensors"));
        var (data, run) = (Labelled("dark", "light"), Path.Combine(folder, "run"));
        string[] line = ["pretrain", data, "--method", "simsiam", "--start", weights, "--images", "96", "--threads", "1", "--out", run];
        var first = Foresee(line);
        Assert.True(first.Code == ExitCode.Success, first.Error);
        var text = File.ReadAllText(Path.Combine(run, "run.json"));
        Assert.Contains("folder/simsiam\\u002Bmine", text, StringComparison.Ordinal);
        Assert.Contains("\"sha256\": ", text, StringComparison.Ordinal);
        Assert.Contains("16 px, normalised as mine is used to", first.Out, StringComparison.Ordinal);
        File.Delete(weights);
        var again = Foresee("pretrain", data, "--out", run, "--resume", "--threads", "1");
        Assert.True(again.Code == ExitCode.Success, again.Error);
    }

    [Theory]
    [InlineData("--method", "kmeans", "kmeans can't go on from other weights")]
    [InlineData("--recipe", "folder", "add one that sees whole images")]
    public void A_start_that_nothing_can_go_on_from_is_refused_before_a_folder_is_made(string option, string value, string message)
    {
        var weights = Put(Path.Combine(folder, "mine.safetensors"));
        var run = Path.Combine(folder, "run");
        var refused = Foresee("pretrain", Labelled("dark", "light"), option, value, "--start", weights, "--out", run);
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(run, "run.json")));
    }

    [Fact]
    public void What_goes_on_from_imagenet_is_kept_from_imagenets_photographs()
    {
        Put(Path.Combine(Starts, Name, EncoderFile.FileName));
        var photographs = Path.Combine(folder, "imagewang-96");
        Directory.Move(Labelled("dark", "light"), photographs);
        var refused = Foresee("pretrain", photographs, "--method", "simsiam", "--start", Name, "--out", Path.Combine(folder, "run"));
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("is made of ImageNet's photographs", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_of_the_encoder_is_measured_by_its_name_and_one_that_is_not_there_is_refused()
    {
        var (weights, data) = (Put(Path.Combine(folder, "mine.safetensors")), Labelled("dark", "light"));
        Invocation Stage(int stage) => Foresee("evaluate", weights, data, "--labels", "3/class", "--draws", "1", "--validation",
            "--threads", "1", "--stage", $"{stage}", "--out", Path.Combine(folder, "out"));
        var first = Stage(1);
        Assert.True(first.Code == ExitCode.Success, first.Error);
        Assert.Contains("\"mine, stage 1\",linear", File.ReadAllText(Path.Combine(folder, "out/results.csv")), StringComparison.Ordinal);
        var third = Stage(3);
        Assert.Equal(ExitCode.Usage, third.Code);
        Assert.Contains("has the stages 1 to 2, got 3", third.Error, StringComparison.Ordinal);
    }
}
