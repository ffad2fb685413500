using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Encoders;

/// <summary>Real processes that measure images together against one that measures all of them.</summary>
public sealed class RankMeasuringTests : IDisposable
{
    private readonly string one = Directory.CreateTempSubdirectory("foresee-one").FullName;
    private readonly string more = Directory.CreateTempSubdirectory("foresee-more").FullName;

    public void Dispose()
    {
        Directory.Delete(one, recursive: true);
        Directory.Delete(more, recursive: true);
    }

    [Theory]
    [InlineData("kmeans", 2)]
    [InlineData("spectral", 2)]
    [InlineData("spectral", 4)] // one has nothing to count
    public void Ranks_measure_what_one_process_measures(string kind, int ranks)
    {
        using (Engine.UseOperatorThreads(1)) RankMeasuring.Measure(kind, one, group: null);
        RankProcesses.RunAll(ranks, RankMeasuring.Command, kind, more);
        using var expected = Safetensors.Read(RankMeasuring.State(one, 0));
        Assert.All(expected.Tensors.Values, tensor => Assert.True(tensor.Abs().Max().ToDouble() > 0, "nothing was measured"));
        for (var rank = 0; rank < ranks; rank++)
        {
            using var got = Safetensors.Read(RankMeasuring.State(more, rank));
            Assert.Equal(expected.Tensors.Keys.Order(), got.Tensors.Keys.Order());
            foreach (var (name, tensor) in expected.Tensors)
            {
                var (a, b) = (tensor.ToArray<float>(), got.Tensors[name].ToArray<float>());
                var difference = a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
                Assert.True(difference <= 1e-5 * a.Max(Math.Abs), $"rank {rank}: {name} differs by {difference}");
            }
        }
    }
}
