using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Foresee.DataSets;
using Foresee.Images;

namespace Foresee.Cli.Tests;

public sealed class DataTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-data-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    private void Png(string name, int seed)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
        File.WriteAllBytes(In(name), ImageFile.EncodePng(Picture(seed)));
    }

    private static Image Picture(int seed)
    {
        var pixels = new byte[3 * 32 * 32];
        new Random(seed).NextBytes(pixels);
        return new(32, 32, 3, pixels);
    }

    [Fact]
    public void List_names_every_set_with_its_size_and_page()
    {
        var result = Invocation.Here("data", "list");
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.All(PublicData.All, data =>
        {
            Assert.Contains(data.Name, result.Out, StringComparison.Ordinal);
            Assert.Contains(data.Page, result.Out, StringComparison.Ordinal);
        });
        Assert.Contains("stl10            2.6 GB", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_without_a_network_says_which_address_and_what_to_do_by_hand()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/set.tgz";
        listener.Stop();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using StringWriter output = new(), error = new();
        var terminal = new Terminal(output, error, live: false);
        var set = new PublicData("set", "", "http://page", [new(address, 9, new('0', 32))]);
        var fault = Assert.Throws<DownloadException>(() =>
            DataGetCommand.Run(terminal, set, In("data/set"), client));
        terminal.Rest();
        Assert.Contains($"{address} can't be reached", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"put it at {In("data/set.part/set.tgz")}", fault.Message, StringComparison.Ordinal);
        Assert.Contains("its terms: http://page", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_duplicates_and_writes_all_of_them()
    {
        foreach (var (name, seed) in new[] { ("train/cat/1.png", 1), ("train/dog/2.png", 2), ("unsup/3.png", 3), ("val/cat/4.png", 2),
            ("val/dog/5.png", 5) }) Png(name, seed);
        var result = Invocation.Program("data", "check", folder, "--out", In("report"), "--json", In("check.json"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("2 train, 1 unlabelled, 2 test images compared, 0 left out", result.Out, StringComparison.Ordinal);
        Assert.Contains($"train {In("train/dog/2.png")} (dog) = test {In("val/cat/4.png")} (cat)", result.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 2 test images stand among the training images", result.Out, StringComparison.Ordinal);
        Assert.Equal(3, File.ReadAllLines(In("report/duplicates.csv")).Length);
        var fields = JsonDocument.Parse(File.ReadAllText(In("check.json"))).RootElement;
        Assert.Equal((1, 1, 0), (fields.GetProperty("test_in_train").GetInt32(), fields.GetProperty("disagreeing").GetInt32(),
            fields.GetProperty("test_in_unlabelled").GetInt32()));
    }

    [Fact]
    public void Check_counts_what_it_passes_over_by_ending_and_reason()
    {
        foreach (var name in new[] { "cat/1.png", "dog/2.png", "cat/@eaDir/1.png/thumb.png" }) Png(name, name.Length);
        File.WriteAllText(In("dog/notes.txt"), "");
        Directory.CreateDirectory(In("eel"));
        var result = Invocation.Program("data", "check", folder, "--json", In("check.json"));
        foreach (var line in new[] { "1 .txt file (dog/notes.txt), no image by its ending", "1 folder (eel) without an image",
            "1 folder (cat/@eaDir) that a system keeps for itself" })
            Assert.Contains($"warning: passed over {line}\n", result.Error, StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(In("check.json"))).RootElement.GetProperty("passed_over").EnumerateArray()
            .ToList();
        Assert.Contains(fields, item => (item.GetProperty("ending").GetString(), item.GetProperty("count").GetInt32()) == (".txt", 1));
    }

    [Fact]
    public void Check_of_images_that_cant_be_read_says_why_and_not_that_none_occurs_twice()
    {
        foreach (var name in new[] { "cat/1.png", "dog/2.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(In(name))!);
            File.WriteAllText(In(name), "<html>404</html>");
        }
        var result = Invocation.Program("data", "check", folder);
        Assert.Contains($"None of the 2 images can be read. The first: {In("cat/1.png")}: it is an HTML page, not an image", result.Out,
            StringComparison.Ordinal);
        Assert.DoesNotContain("occurs twice", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_names_twenty_groups_and_counts_the_others()
    {
        for (var i = 0; i < 25; i++)
            foreach (var label in new[] { "cat", "dog" }) Png($"{label}/{i}.png", i);
        var result = Invocation.Program("data", "check", folder);
        Assert.Equal(20, result.Out.Split('\n').Count(line => line.StartsWith("train ", StringComparison.Ordinal)));
        Assert.Contains("and 5 more; --out writes all of them", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Binary_records_and_lists_pretrain_and_evaluate_like_folders()
    {
        byte[] Record(int i) => [(byte)(i % 2), .. Enumerable.Range(0, 3)
            .SelectMany(c => Picture(i).Pixels.Where((_, at) => at % 3 == c))];
        Directory.CreateDirectory(In("cifar"));
        File.WriteAllBytes(In("cifar/data_batch_1.bin"), [.. Enumerable.Range(0, 40).SelectMany(Record)]);
        File.WriteAllBytes(In("cifar/test_batch.bin"), [.. Enumerable.Range(100, 10).SelectMany(Record)]);
        for (var i = 0; i < 48; i++) Png($"png/{i}.png", 200 + i);
        File.WriteAllLines(In("train.csv"), ["path,label", .. Enumerable.Range(0, 40).Select(i => $"png/{i}.png,{i % 2}"),
            "png/missing.png,1"]);
        File.WriteAllLines(In("test.csv"), Enumerable.Range(40, 8).Select(i => $"png/{i}.png,{i % 2}"));

        foreach (var images in new[] { In("cifar"), In("train.csv") })
        {
            var pretrained = Invocation.Program("pretrain", images, "--recipe", "folder", "--out", images + "-run", "--images", "32");
            Assert.Equal((ExitCode.Success, ""), (pretrained.Code,
                pretrained.ErrorBesidesBudget.Replace($"warning: left out {In("png/missing.png")}: there is no such file\n", "",
                StringComparison.Ordinal)));
        }
        var binary = Invocation.Program("evaluate", In("cifar-run"), In("cifar"), "--labels", "2/class", "--draws", "1", "--out",
            In("binary"));
        Assert.Equal(ExitCode.Success, binary.Code);
        Assert.Contains("of 10 test images", binary.Out, StringComparison.Ordinal);
        var list = Invocation.Program("evaluate", In("train.csv-run"), In("train.csv"), "--test", In("test.csv"), "--labels", "2/class",
            "--draws", "1", "--out", In("list"));
        Assert.Equal(ExitCode.Success, list.Code);
        Assert.Contains("of 8 test images", list.Out, StringComparison.Ordinal);
        Assert.Contains($"left out {In("png/missing.png")}: there is no such file", list.Error, StringComparison.Ordinal);
    }
}
