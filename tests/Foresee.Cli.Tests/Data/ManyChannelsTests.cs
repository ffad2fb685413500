using System.Text.Json;
using Foresee.Images;
using Foresee.Tests.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Cli.Tests;

/// <summary>A folder of TIFF files of five channels and 12 of 16 bits, from pretraining to vectors, by the real program.</summary>
public sealed class ManyChannelsTests : IDisposable
{
    private const int Side = 24, Channels = 5;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-channels-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    private static Invocation Run(params string[] line)
    {
        var result = Invocation.Program([.. line, "--threads", "1"]);
        Assert.Equal("", result.ErrorBesidesBudget);
        Assert.Equal(ExitCode.Success, result.Code);
        return result;
    }

    /// <summary>
    /// Stripes across or along the image, channel c in values from 100 (c + 1) to 700 (c + 1); the same file with the same number.
    /// </summary>
    private static int[] Stripes(string label, int number) =>
    [
        .. from y in Enumerable.Range(0, Side)
           from x in Enumerable.Range(0, Side)
           from c in Enumerable.Range(0, Channels)
           select (100 + 600 * (((label == "across" ? y : x) + number) % (4 + c) / (3 + c))) * (c + 1) + (7 * x + 5 * y + number) % 11,
    ];

    private void Write(string place, int bits, Func<int, int, int> change)
    {
        foreach (var (part, label, number) in from part in new[] { "train", "test" }
                                              from label in new[] { "across",
            "along" }
                                              from number in Enumerable.Range(0, 16)
                                              select (part, label, number))
        {
            Directory.CreateDirectory(In($"{place}/{part}/{label}"));
            var file = new MadeTiff(Side, Side, Channels, bits)
                .File([.. Stripes(label, number + (part == "test" ? 100 : 0)).Select((value, i) => change(value, i % Channels))]);
            File.WriteAllBytes(In($"{place}/{part}/{label}/{number}.tif"), file);
        }
    }

    private float[] Embed(string images)
    {
        Run("embed", In("run"), In(images), "--out", In($"{images}.npy"));
        using var scope = TensorScope.Begin();
        return NumpyFile.Read(In($"{images}.npy")).ToArray<float>();
    }

    /// <summary>Protocol, labels, draw and top-1 of each row.</summary>
    private string[] Measure(string images)
    {
        var output = Run("evaluate", In("run"), In(images), "--protocol", "linear,sgd-linear", "--labels", "4/class", "--draws", "1",
            "--out", In($"{images}-evaluation")).Out;
        Assert.Contains("of 32 test images", output, StringComparison.Ordinal);
        string[] rows = [.. File.ReadLines(In($"{images}-evaluation/results.csv")).Skip(1)
            .Select(row => string.Join(',', row.Split(',')[2..6]))];
        Assert.Equal(2, rows.Length);
        return rows;
    }

    [Fact]
    public void Five_channels_of_16_bits_are_learnt_measured_and_embedded_through_one_window()
    {
        Write("deep", 16, (value, _) => value);
        var pretrained = Run("pretrain", In("deep"), "--recipe", "folder", "--out", In("run"), "--images", "64");
        Assert.Contains("chosen: 5 channels: so many have 32 of 32 images looked at", pretrained.Out, StringComparison.Ordinal);
        Assert.Contains("one of the 5 channels, chosen at random", pretrained.Out, StringComparison.Ordinal);
        Assert.Contains("pictures show the first three of 5 channels", pretrained.Out, StringComparison.Ordinal);
        Assert.Equal(3, ImageFile.Read(In("run/augmentation.png")).Channels);

        var run = JsonDocument.Parse(File.ReadAllText(In("run/run.json"))).RootElement;
        var window = run.GetProperty("options").GetProperty("input").GetProperty("window");
        int[] black = [.. window.GetProperty("black").EnumerateArray().Select(e => e.GetInt32())],
            white = [.. window.GetProperty("white").EnumerateArray().Select(e => e.GetInt32())];
        Assert.All(Enumerable.Range(0, Channels), c => Assert.True(black[c] is var low && low >= 100 * (c + 1)
            && low <= 100 * (c + 1) + 10 && white[c] >= 700 * (c + 1) && white[c] <= 700 * (c + 1) + 10,
            $"channel {c}: {low} to {white[c]}"));
        var remark =
            $"values of {string.Join(", ", black.Zip(white, (low, high) => $"{low} to {high}"))} become 0 to 255, channel by channel";
        Assert.Contains(remark, pretrained.Out, StringComparison.Ordinal);
        Assert.Contains("32 of 32 images have 16 bits per channel and were read as 8, values of ", pretrained.Out,
            StringComparison.Ordinal);
        Assert.Contains(run.GetProperty("remarks").EnumerateArray(), text => text.GetString()!.Contains(remark, StringComparison.Ordinal));
        Assert.Contains(remark, File.ReadAllText(In("run/report.html")), StringComparison.Ordinal);
        Assert.Contains(remark, Invocation.Here("inspect", In("run")).Out, StringComparison.Ordinal);

        // The same pixels brought to 8 bits here, by the formula, are the same vectors and accuracies.
        Write("shallow", 8, (value, c) => (int)Math.Clamp(Math.Floor((value - black[c]) * 255.0 / (white[c] - black[c]) + 0.5), 0, 255));
        Assert.Equal(Embed("shallow"), Embed("deep"));
        Assert.Equal(Measure("shallow"), Measure("deep"));
    }
}
