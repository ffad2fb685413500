using System.Xml.Linq;
using Foresee.Reports;
using Foresee.Studies.Affinity;
using Foresee.Torch;

namespace Foresee.Tests.Studies.Affinity;

public sealed class AffinityTests
{
    /// <summary>Computed with NumPy's eig: W is 0.75 against 0.25 in each pair, the first ahead of the second ahead of the third.</summary>
    [Fact]
    public void Affinities_are_the_principal_eigenvector_of_the_ratios_of_wins()
    {
        var affinity = OrdinalAffinity.Of([[0.1, 0.2, 0.3, 0.4], [0.2, 0.1, 0.4, 0.5], [0.3, 0.3, 0.2, 0.6]]);
        Assert.Equal([0.584156, 0.280833, 0.135010], affinity.Select(value => Math.Round(value, 6)));
    }

    [Fact]
    public void Only_the_order_counts_ties_count_half_and_a_sweep_is_clipped()
    {
        double[] a = [1, 2, 3, 4], b = [2, 1, 4, 5];
        Assert.Equal(OrdinalAffinity.Of([a, b]), OrdinalAffinity.Of([Array.ConvertAll(a, Math.Exp), Array.ConvertAll(b, Math.Exp)]));
        Assert.Equal([0.5, 0.5], OrdinalAffinity.Of([a, a]));
        Assert.Equal(0.999, OrdinalAffinity.Of([[0, 0], [1, 1]])[0], 1e-9);
        Assert.Throws<ArgumentException>(() => OrdinalAffinity.Of([a, [1]]));
    }

    [Fact]
    public void The_best_set_is_the_best_of_all_sets_within_the_budget()
    {
        double[][] affinity = [[0.5, 0.3, 0.2], [0.1, 0.4, 0.5], [0.2, 0.45, 0.35]];
        var one = SourceSet.Of(affinity, 1);
        Assert.Equal([1], one.Sources);
        Assert.Equal(1.15, one.Affinity, 1e-9);
        var two = SourceSet.Of(affinity, 2); // 0 and 1: 1.35; 0 and 2: 1.35; 1 and 2: 1.25
        Assert.Equal([0, 1], two.Sources);
        Assert.Equal(1.35, two.Affinity, 1e-9);
        Assert.Equal([0, 1, 1], two.Best);
        Assert.Equal(3, SourceSet.Of(affinity, 9).Sources.Count);
    }

    /// <summary>Each answer is one that can be seen in the picture.</summary>
    [Fact]
    public void Answers_are_those_of_plain_loops()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var images = (Tensor.Rand([8, 1, 4, 4], generator) * 255).To(DType.UInt8);
        var bytes = images.ToArray<byte>();
        byte At(int i, int y, int x) => bytes[i * 16 + y * 4 + x];
        double[] light = [.. Enumerable.Range(0, 8).Select(i => bytes.AsSpan(i * 16, 16).ToArray().Average(b => b))];
        int[] expected = [.. light.Select(value => light.Count(other => other < value) / 2)]; // 8 images in quartiles of 2
        Assert.Equal(expected, DownstreamLabels.Of(DownstreamTask.Brightness, images));
        double[] edges = [.. Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, 12).Sum(k =>
            Math.Abs(At(i, k / 4 + 1, k % 4) - At(i, k / 4, k % 4)) + Math.Abs(At(i, k / 3, k % 3 + 1) - At(i, k / 3, k % 3))) / 12.0)];
        Assert.Equal(edges.Select(value => edges.Count(other => other < value) / 2), DownstreamLabels.Of(DownstreamTask.Edges, images));
        int[] quarters = [.. Enumerable.Range(0, 8).Select(i => Enumerable.Range(0, 4).MaxBy(q =>
            Enumerable.Range(0, 4).Sum(k => At(i, q / 2 * 2 + k / 2, q % 2 * 2 + k % 2))))];
        Assert.Equal(quarters, DownstreamLabels.Of(DownstreamTask.LightestQuarter, images));
        var turned = DownstreamLabels.Turned(images).ToArray<byte>();
        Assert.Equal(bytes[..16], turned[..16]);
        Assert.Equal(Enumerable.Range(0, 16).Select(k => At(1, k % 4, 3 - k / 4)), turned[16..32].Select(b => b)); // to the left
        Assert.Equal(Enumerable.Range(0, 16).Select(k => At(6, 3 - k / 4, 3 - k % 4)), turned[96..112].Select(b => b));
    }

    [Fact]
    public void The_matrix_is_drawn_with_a_number_in_each_cell()
    {
        var svg = XDocument.Parse(MatrixPlot.Render("A < B", ["class", "edges"], ["one", "two", "three"], [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]));
        Assert.Equal(6, svg.Descendants().Count(element => element.Name.LocalName == "rect"));
        Assert.Contains(svg.Descendants(), element => element.Value == "0.70" && (string?)element.Attribute("class") == "dark");
    }
}
