using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

/// <summary>The end of the demo, on small images and a run of some steps.</summary>
public sealed class DemoModelTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-demo-").FullName;

    private string In(string name) => Path.Combine(folder, name);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_run_of_the_demo_becomes_a_model_that_tells_test_images()
    {
        Directory.CreateDirectory(In("data"));
        MadeImages.Write(In("data/train-images-idx3-ubyte"), 160, In("data/train-labels-idx1-ubyte"));
        MadeImages.Write(In("data/t10k-images-idx3-ubyte"), 20, In("data/t10k-labels-idx1-ubyte"));
        var run = Invocation.Program("pretrain", In("data"), "--recipe", "fashion-mnist", "--out", In("run"), "--images", "64");
        Assert.Equal(ExitCode.Success, run.Code);

        using var output = new StringWriter();
        using var errors = new StringWriter();
        var demo = new DemoModel(new(output, errors, live: false), In("run"), "foresee demo", Device.Cpu, threads: 1);
        var splits = LabelledSources.Open(In("data"));
        demo.Fit(ImageSources.Open(In("data")), splits, default);
        demo.Predict(splits.Test!);
        var told = output.ToString().Split('\n').Where(line => line.StartsWith("test image ", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, told.Count);
        Assert.All(told, line => Assert.Matches("^test image [1-5]: [01], [0-9]+ % sure; it is [01]$", line.TrimEnd()));
        Assert.InRange(told.Count(line => line.Contains(": 0,", StringComparison.Ordinal) == line.TrimEnd().EndsWith('0')), 4, 5);
        Assert.True(File.Exists(In("run/model/model.onnx")));
        Assert.Equal("", errors.ToString());
    }
}
