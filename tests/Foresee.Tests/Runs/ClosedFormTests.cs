using Foresee.Encoders;
using Foresee.Encoders.Spectral;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Tests.Reports;
using Foresee.Tests.Training;
using Foresee.Torch;

namespace Foresee.Tests.Runs;

/// <summary>A run without steps.</summary>
public sealed class ClosedFormTests : IDisposable
{
    private static PretrainOptions Of(string method) => new($"noise/{method}", new(28, 28, 1), method == "kmeans"
        ? new KMeansFeaturesOptions(new KMeansEncoderOptions(Centroids: 16) { Patches = 2000, Rounds = 3 })
        : new SpectralFeaturesOptions(new SpectralEncoderOptions(Atoms: 32, Vectors: 8) { Patches = 2000 }),
        new() { Budget = new(Images: 8), BatchSize = 8 });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private RunContext Context(string name, Action<string>? doing = null) =>
        new(new NoiseImages(30), folder.File(name), Device.Cpu, Threads: 1, "test", null, "test") { Doing = doing };

    [Theory]
    [InlineData("kmeans", "k-means, round 3 of 3, mean squared distance ")]
    [InlineData("spectral", "sparse codes of image 30 of 30, ")]
    public void It_leaves_an_encoder_and_the_same_seed_gives_the_same(string method, string line)
    {
        var options = Of(method);
        var told = new List<string>();
        var result = PretrainRun.Start(options, Context("a", told.Add), null, default);
        Assert.Equal((true, 0L), (result.Finished, result.Step));
        Assert.Empty(result.Failed);
        Assert.Contains(told, said => said.StartsWith(line, StringComparison.Ordinal));
        PretrainRun.Start(options, Context("b"), null, default);
        PretrainRun.Start(options with { Training = options.Training with { Seed = 1 } }, Context("c"), null, default);
        byte[] Bytes(string run) => File.ReadAllBytes(Path.Combine(folder.File(run), EncoderFile.FileName));
        Assert.Equal(Bytes("a"), Bytes("b"));
        Assert.NotEqual(Bytes("a"), Bytes("c"));
        Assert.Null(RunProgress.Of(folder.File("a"))); // nothing to go on with
    }

    [Theory]
    [InlineData("kmeans", "k-means, round 2")]
    [InlineData("spectral", "sparse codes of image 24")]
    public void Stopped_it_leaves_no_encoder_and_begins_anew(string method, string at)
    {
        using var stop = new CancellationTokenSource();
        var stopped = PretrainRun.Start(Of(method), Context("a", line =>
        {
            if (line.StartsWith(at, StringComparison.Ordinal)) stop.Cancel();
        }), null, stop.Token);
        Assert.False(stopped.Finished);
        Assert.False(File.Exists(Path.Combine(folder.File("a"), EncoderFile.FileName)));
        Assert.True(PretrainRun.Resume(Context("a"), null, default).Finished);
        Assert.True(File.Exists(Path.Combine(folder.File("a"), EncoderFile.FileName)));
    }
}
