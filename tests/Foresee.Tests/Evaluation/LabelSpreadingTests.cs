using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class LabelSpreadingTests
{
    /// <summary>Two half circles that reach into each other, far from straight to separate; each in its own turn.</summary>
    private static Tensor Moons(int count, int seed)
    {
        var random = new Random(seed);
        var values = new float[count * 3];
        for (var i = 0; i < count; i++)
        {
            var angle = random.NextDouble() * Math.PI;
            var (x, y) = i % 2 == 0 ? (Math.Cos(angle), Math.Sin(angle)) : (1 - Math.Cos(angle), 0.4 - Math.Sin(angle));
            (values[3 * i], values[3 * i + 1], values[3 * i + 2]) =
                ((float)(x - 0.5 + 0.05 * Noise()), (float)(y - 0.2 + 0.05 * Noise()), 0.5f);
        }
        return Tensor.From(values, count, 3);

        double Noise() => random.NextDouble() + random.NextDouble() - 1;
    }

    private static int[] Turns(int count) => [.. Enumerable.Range(0, count).Select(i => i % 2)];

    [Fact]
    public void Unlabelled_images_carry_few_labels_around_a_bend()
    {
        using var scope = TensorScope.Begin();
        var (labelled, test) = (Moons(12, 1), Moons(400, 2));
        using var probe = LinearProbe.Fit(labelled, Turns(12), 2, new());
        var options = new LabelSpreadingOptions(Alpha: 0.98, Sharpness: 200, Steps: 300);
        using var graph = NeighbourGraph.Build(Moons(600, 3), options.Neighbours, options.Sharpness, threads: 1);
        using var spreading = SpreadPrediction.Fit(graph, labelled, Turns(12), 2, options, new());
        var alone = Accuracy.Top1(probe.Predict(test), Turns(400));
        var spread = Accuracy.Top1(spreading.Forward(test).ArgMax(1).ToArray<int>(), Turns(400));
        Assert.True(spread > alone + 1, $"spread {spread}, the probe alone {alone}");
    }

    [Fact]
    public void Spreading_solves_the_linear_system()
    {
        using var scope = TensorScope.Begin();
        const int count = 40, classes = 3, k = 4;
        using var generator = new Generator(5);
        var features = Tensor.RandN([count, 6], generator);
        float[] start = [.. Enumerable.Range(0, count * classes).Select(i => (float)(i * 7 % 5))];
        using var graph = NeighbourGraph.Build(features, k, sharpness: 2, threads: 1);
        var spread = graph.Spread(start, classes, alpha: 0.7, steps: 80);

        // W, S and (I - αS) Q = (1-α) P by plain loops in double precision.
        var rows = features.ToArray<float>().Chunk(6).ToArray();
        var w = new double[count, count];
        for (var i = 0; i < count; i++)
            foreach (var (j, cosine) in Enumerable.Range(0, count).Where(j => j != i).Select(j => (j, Cosine(rows[i], rows[j])))
                .OrderByDescending(pair => pair.Item2).Take(k))
            {
                w[i, j] += Math.Pow(Math.Max(0, cosine), 2);
                w[j, i] += Math.Pow(Math.Max(0, cosine), 2);
            }
        double[] degree = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Sum(j => w[i, j]))];
        for (var i = 0; i < count; i++)
            for (var c = 0; c < classes; c++)
            {
                var from = Enumerable.Range(0, count).Sum(j => w[i, j] / Math.Sqrt(degree[i] * degree[j]) * spread[j * classes + c]);
                Assert.Equal(0.3 * start[i * classes + c], spread[i * classes + c] - 0.7 * from, 1e-4);
            }
    }

    private static double Cosine(float[] a, float[] b) =>
        a.Zip(b, (p, q) => (double)p * q).Sum() / Math.Sqrt(a.Sum(p => (double)p * p) * b.Sum(q => (double)q * q));

    [Fact]
    public void A_graph_of_fewer_images_than_neighbours_uses_what_there_is()
    {
        using var scope = TensorScope.Begin();
        var labelled = Moons(6, 1);
        var options = new LabelSpreadingOptions(Neighbours: 10);
        using var graph = NeighbourGraph.Build(Moons(4, 2), options.Neighbours, options.Sharpness, threads: 1);
        using var spreading = SpreadPrediction.Fit(graph, labelled, Turns(6), 2, options, new());
        var sums = spreading.Forward(Moons(20, 3)).Sum(1).ToArray<float>();
        Assert.Equal(20, sums.Length);
        Assert.All(sums, sum => Assert.Equal(1, sum, 1e-5));
    }
}
