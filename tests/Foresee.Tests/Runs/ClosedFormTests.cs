using Foresee.Encoders;
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
    private static readonly PretrainOptions Options = new("noise/kmeans", new(28, 28, 1),
        new KMeansFeaturesOptions(new KMeansEncoderOptions(Centroids: 16) { Patches = 2000, Rounds = 3 }),
        new() { Budget = new(Images: 8), BatchSize = 8 });

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private RunContext Context(string name, Action<string>? doing = null) =>
        new(new NoiseImages(30), folder.File(name), Device.Cpu, Threads: 1, "test", null, "test") { Doing = doing };

    [Fact]
    public void It_leaves_an_encoder_and_the_same_seed_gives_the_same()
    {
        var told = new List<string>();
        var result = PretrainRun.Start(Options, Context("a", told.Add), null, default);
        Assert.Equal((true, 0L), (result.Finished, result.Step));
        Assert.Empty(result.Failed);
        Assert.Contains(told, line => line.StartsWith("k-means, round 3 of 3, mean squared distance ", StringComparison.Ordinal));
        PretrainRun.Start(Options, Context("b"), null, default);
        PretrainRun.Start(Options with { Training = Options.Training with { Seed = 1 } }, Context("c"), null, default);
        byte[] Bytes(string run) => File.ReadAllBytes(Path.Combine(folder.File(run), EncoderFile.FileName));
        Assert.Equal(Bytes("a"), Bytes("b"));
        Assert.NotEqual(Bytes("a"), Bytes("c"));
        Assert.Null(RunProgress.Of(folder.File("a"))); // nothing to go on with
    }

    [Fact]
    public void Stopped_it_leaves_no_encoder_and_begins_anew()
    {
        using var stop = new CancellationTokenSource();
        var stopped = PretrainRun.Start(Options, Context("a", line =>
        {
            if (line.StartsWith("k-means, round 2", StringComparison.Ordinal)) stop.Cancel();
        }), null, stop.Token);
        Assert.False(stopped.Finished);
        Assert.False(File.Exists(Path.Combine(folder.File("a"), EncoderFile.FileName)));
        Assert.True(PretrainRun.Resume(Context("a"), null, default).Finished);
        Assert.True(File.Exists(Path.Combine(folder.File("a"), EncoderFile.FileName)));
    }
}
