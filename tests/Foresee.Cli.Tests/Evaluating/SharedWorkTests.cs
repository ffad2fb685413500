using System.Text;
using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Cli.Tests;

/// <summary>Commands that several processes share, beside one process; and what the others say.</summary>
public sealed class SharedWorkTests : IDisposable
{
    private const int Images = 350, Side = 16; // four batches, the last of them smaller
    private static readonly int[] broken = [3, .. Enumerable.Range(100, 100), 340]; // a whole batch among them

    private readonly string folder = Directory.CreateTempSubdirectory("foresee-shared-").FullName;
    private readonly RankPrograms programs = new();

    public void Dispose()
    {
        programs.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string In(string name) => Path.Combine(folder, name);

    /// <summary>Colourful noise, and files that hold no picture.</summary>
    private void WritePictures()
    {
        Directory.CreateDirectory(In("pictures"));
        var random = new Random(5);
        for (var image = 0; image < Images; image++)
        {
            var pixels = new byte[3 * Side * Side];
            random.NextBytes(pixels);
            File.WriteAllBytes(In($"pictures/{image:000}.ppm"), broken.Contains(image) ? [1, 2, 3]
                : [.. Encoding.ASCII.GetBytes($"P6 {Side} {Side} 255\n"), .. pixels]);
        }
    }

    private void WriteEncoder(string name = "encoder.safetensors", int side = Side, int channels = 3, ulong seed = 1)
    {
        var input = new InputFormat(side, side, channels);
        using var generator = new Generator(seed);
        using var encoder = ConvEncoderOptions.Small(input, width: 8).Build(input, generator);
        EncoderFile.Write(In(name), encoder);
    }

    private string[] Embed(string output) =>
        ["embed", In("encoder.safetensors"), In("pictures"), "--out", In(output), "--json", In(output + ".json"), "--threads", "1"];

    /// <summary>Of its work; a slow machine makes it say that it waits for the others.</summary>
    private static void SaysNothing(RankProgram rank)
    {
        Assert.Equal("", rank.Error);
        Assert.All(rank.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), line =>
            Assert.Matches("^(waiting for 2 processes|loading the program)", line));
    }

    [Fact]
    public void Two_processes_embed_as_one_does_and_name_the_unreadable_images_of_both()
    {
        WritePictures();
        WriteEncoder();
        var alone = Invocation.Program(Embed("one.npy"));
        Assert.True(alone.Code == ExitCode.Success, alone.Error);
        var ranks = programs.Start(Embed("two.npy"));
        RankPrograms.Ended(ranks, ExitCode.Success);
        SaysNothing(ranks[1]);
        Assert.Equal(alone.Error, ranks[0].Error);
        Assert.Equal(File.ReadAllText(In("one.npy.txt")), File.ReadAllText(In("two.npy.txt")));
        Assert.Equal(File.ReadAllBytes(In("one.npy")), File.ReadAllBytes(In("two.npy"))); // the same batches, the same bits
        var told = JsonDocument.Parse(File.ReadAllText(In("two.npy.json"))).RootElement;
        Assert.Equal(Images - broken.Length, told.GetProperty("images").GetInt32());
        Assert.Equal(broken.Length, told.GetProperty("skipped").GetInt32());
        using var scope = TensorScope.Begin();
        Assert.True(NumpyFile.Read(In("two.npy")).Variance(0).Sum().ToDouble() > 0, "all images have the same features");
    }

    [Fact]
    public void A_rank_with_other_images_or_none_stops_all_and_is_named()
    {
        WritePictures();
        WriteEncoder();
        Directory.CreateDirectory(In("fewer"));
        File.Copy(In("pictures/000.ppm"), In("fewer/000.ppm"));
        string[] Line(int rank, string other) => [.. Embed("f.npy").Select(word => rank == 1 && word == In("pictures") ? In(other) : word)];
        var ranks = programs.Start(2, rank => Line(rank, "fewer"));
        RankPrograms.Ended(ranks, ExitCode.Failed);
        Assert.All(ranks, rank => Assert.Contains("the encoder or the images of rank 1 are not those of rank 0", rank.Error,
            StringComparison.Ordinal));
        ranks = programs.Start(2, rank => Line(rank, "nowhere"));
        RankPrograms.Ended(ranks[..1], ExitCode.Failed);
        Assert.Contains("stops, for rank 1 can't begin: ", ranks[0].Error, StringComparison.Ordinal);
        Assert.Contains(In("nowhere"), ranks[0].Error, StringComparison.Ordinal);
        Assert.True(ranks[1].Process.WaitForExit(TimeSpan.FromMinutes(1)));
        Assert.Contains(In("nowhere"), ranks[1].Error, StringComparison.Ordinal);
        Assert.False(File.Exists(In("f.npy")));
    }

    private string[] Evaluate(string encoder, string output) =>
    [
        "evaluate", In(encoder), In("data"), "--protocol", "linear,nearest-class-mean,label-spreading", "--labels", "2/class,5/class",
        "--draws", "2", "--threads", "1", "--out", In(output),
    ];

    private EvaluationResult[] Rows(string output) => [.. ResultsFile.Read(In($"{output}/results.csv"))
        .OrderBy(row => row.Protocol).ThenBy(row => row.Labels).ThenBy(row => row.Draw).Select(row => row with { Seconds = 0 })];

    [Fact]
    public void Two_processes_evaluate_as_one_does_and_one_of_them_writes()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 300, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 260, In("data/t10k-labels-idx1-ubyte")); // two batches of features
        WriteEncoder("grey.safetensors", 28, 1);
        WriteEncoder("other.safetensors", 28, 1, seed: 2);
        var alone = Invocation.Program(Evaluate("grey.safetensors", "one"));
        Assert.True(alone.Code == ExitCode.Success, alone.Error);
        var ranks = programs.Start(Evaluate("grey.safetensors", "two"));
        RankPrograms.Ended(ranks, ExitCode.Success);
        SaysNothing(ranks[1]);
        var (one, two) = (Rows("one"), Rows("two"));
        Assert.Equal(12, one.Length);
        Assert.True(one.Select(row => row.Value).Distinct().Count() > 2, "all rows have the same value, so they tell nothing");
        Assert.Equal(one, two);
        Assert.True(File.Exists(In("two/report.html")));

        // what is there is kept: rank 0 alone knows it
        ranks = programs.Start(2, rank => Evaluate("grey.safetensors", rank == 0 ? "two" : "elsewhere"));
        RankPrograms.Ended(ranks, ExitCode.Success);
        Assert.Contains("12 of 12 results are in", ranks[0].Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("elsewhere")));

        ranks = programs.Start(2, rank => Evaluate(rank == 0 ? "grey.safetensors" : "other.safetensors", "three"));
        RankPrograms.Ended(ranks, ExitCode.Failed);
        Assert.Contains("the encoder or the labelled images of rank 1 are not those of rank 0", ranks[0].Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(In("three")));
    }

    [Fact]
    public void Two_processes_compare_starts_as_one_does_and_one_of_them_tells()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 200, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 60, In("data/t10k-labels-idx1-ubyte"));
        WriteEncoder("a.safetensors", 28, 1);
        WriteEncoder("b.safetensors", 28, 1, seed: 2);
        string[] Compare(string output) =>
        [
            "compare", In("data"), "--starts", $"{In("a.safetensors")},{In("b.safetensors")}",
            "--without", string.Join(',', ComparedStarts.Always), "--protocol", "linear", "--labels", "5/class", "--draws", "2", "--images", "64", "--threads", "1", "--out", In(output),
        ];
        var alone = Invocation.Program(Compare("one"));
        Assert.True(alone.Code == ExitCode.Success, alone.Error);
        var ranks = programs.Start(Compare("two"));
        RankPrograms.Ended(ranks, ExitCode.Success);
        SaysNothing(ranks[1]);
        string[] starts = [.. Directory.GetDirectories(In("one")).Select(path => Path.GetFileName(path)).Order()];
        Assert.True(starts.Length >= 2, string.Join(' ', starts));
        foreach (var start in starts) Assert.Equal(Rows($"one/{start}"), Rows($"two/{start}"));
        Assert.Contains(starts[0], ranks[0].Out, StringComparison.Ordinal);
        Assert.True(File.Exists(In("two/report.html")));
    }

    [Fact]
    public void Two_processes_measure_a_closed_form_as_one_does_and_one_of_them_writes()
    {
        WritePictures();
        string[] Pretrain(string run) => ["pretrain", In("pictures"), "--method", "spectral", "--threads", "1", "--out", In(run)];
        var alone = Invocation.Program(Pretrain("one"));
        Assert.True(alone.Code == ExitCode.Success, alone.Error);
        var ranks = programs.Start(Pretrain("two"));
        RankPrograms.Ended(ranks, ExitCode.Success);
        SaysNothing(ranks[1]);
        Assert.Contains("2 processes measure together", ranks[0].Out, StringComparison.Ordinal);
        Assert.Contains($"{broken.Length} of {Images} images could not be read", ranks[0].Out, StringComparison.Ordinal);
        using var scope = TensorScope.Begin();
        using var expected = Safetensors.Read(In("one/encoder.safetensors"));
        using var got = Safetensors.Read(In("two/encoder.safetensors"));
        Assert.Equal(expected.Tensors.Keys.Order(), got.Tensors.Keys.Order());
        foreach (var (name, tensor) in expected.Tensors)
            Assert.True((tensor - got.Tensors[name]).Abs().Max().ToDouble() <= 1e-4 * tensor.Abs().Max().ToDouble(), name);
    }

    [Theory]
    [InlineData("fit", "photos", "labelled", "--out", "model")]
    [InlineData("predict", "model", "photos", "--out", "p.csv")]
    [InlineData("embed", "--model", "model", "photos", "--out", "f.npy")]
    [InlineData("data", "get", "cifar10")]
    public void A_command_for_one_process_refuses_to_be_several(params string[] line)
    {
        var ranks = programs.Start(line);
        RankPrograms.Ended(ranks, ExitCode.Usage);
        foreach (var (rank, program) in ranks.Index())
        {
            Assert.Contains($"this is rank {rank} of 2", program.Error, StringComparison.Ordinal);
            Assert.Contains("unset RANK and WORLD_SIZE", program.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_only_reads_runs_in_any_number_of_processes()
    {
        var ranks = programs.Start(["data", "list"]);
        RankPrograms.Ended(ranks, ExitCode.Success);
        Assert.All(ranks, rank => Assert.Contains("cifar10", rank.Out, StringComparison.Ordinal));
        ranks = programs.Start(["fit", "--help"]);
        RankPrograms.Ended(ranks, ExitCode.Success);
    }
}
