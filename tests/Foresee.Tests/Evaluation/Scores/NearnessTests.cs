using Foresee.Evaluation.Scores;

namespace Foresee.Tests.Evaluation.Scores;

public sealed class NearnessTests
{
    [Fact]
    public void Neighbours_are_those_of_a_slow_loop()
    {
        var random = new Random(2);
        float[] features = [.. Enumerable.Range(0, 60 * 5).Select(_ => (float)(random.NextDouble() - 0.4))];
        var nearest = NearestImages.Among(features, 5, 4);
        double Cosine(int a, int b)
        {
            double ab = 0, aa = 0, bb = 0;
            for (var k = 0; k < 5; k++)
            {
                double x = features[a * 5 + k], y = features[b * 5 + k];
                (ab, aa, bb) = (ab + x * y, aa + x * x, bb + y * y);
            }
            return ab / Math.Sqrt(aa * bb);
        }
        for (var i = 0; i < 60; i++)
        {
            int[] expected = [.. Enumerable.Range(0, 60).Where(j => j != i).OrderByDescending(j => Cosine(i, j)).Take(4)];
            Assert.Equal(expected, nearest.Rows[i].Select(near => near.Image));
            Assert.All(nearest.Rows[i], near => Assert.Equal(Cosine(i, near.Image), near.Similarity, 1e-6));
        }
        Assert.Equal(2, NearestImages.Among([1, 0, 0, 1, 0, 0], 2, 9).Rows[2].Count); // zeros, and fewer than asked for
    }

    [Fact]
    public void Planted_wrong_labels_are_the_suspects()
    {
        // Three groups of 40; five images have the label of another group, and the model knows better.
        var random = new Random(7);
        int[] truth = [.. Enumerable.Range(0, 120).Select(i => i % 3)], labels = [.. truth];
        int[] planted = [4, 30, 31, 77, 101];
        foreach (var i in planted) labels[i] = (truth[i] + (i is 31 or 77 ? 2 : 1)) % 3; // each unlike the others of its group
        float Feature(int c, int k) => (k == c ? 1f : 0) + 0.2f * (float)random.NextDouble();
        float[] features = [.. truth.SelectMany(c => Enumerable.Range(0, 3).Select(k => Feature(c, k)))];
        float[] p = [.. truth.SelectMany(c => Enumerable.Range(0, 3).Select(k => k == c ? 0.9f : 0.05f))];
        p[4 * 3 + 1] = 0.6f; // less sure of this one than of the others
        p[4 * 3 + 2] = 0.35f;
        var suspects = LabelSuspect.Among(NearestImages.Among(features, 3, 5), labels, p, 3);
        Assert.Equal(planted.Order(), suspects.Select(suspect => suspect.Image).Order());
        Assert.Equal(4, suspects[^1].Image);
        Assert.Equal(truth[4], suspects[^1].Predicted);
        Assert.InRange(suspects[^1].Agreeing, 4, 5); // a neighbour may be another of them
        Assert.Equal(.25, suspects[^1].Margin, 6);
    }

    [Fact]
    public void Whoever_has_a_neighbour_of_its_own_class_or_the_model_on_its_side_is_no_suspect()
    {
        NearestImages alone = new([[new(1, 1)], [new(0, 1)]]);
        Assert.Empty(LabelSuspect.Among(alone, [0, 1], [.9f, .1f, .1f, .9f], 2)); // the model agrees with the labels
        Assert.Empty(LabelSuspect.Among(alone, [0, 0], [.1f, .9f, .1f, .9f], 2)); // so does the neighbour
        Assert.Equal([0, 1], LabelSuspect.Among(alone, [0, 1], [.1f, .9f, .9f, .1f], 2).Select(suspect => suspect.Image));
    }

    [Fact]
    public void Principal_components_are_those_that_the_rows_were_made_of()
    {
        // rows = Σ s_k a_k(i) u_k with orthonormal u and orthogonal a without mean: components u, variances s²
        const int rows = 64, width = 20;
        double[] sizes = [9, 5, 2, 0.5];
        var data = new float[rows * width];
        double A(int k, int i) => Math.Sqrt(2.0 / rows) * Math.Cos(2 * Math.PI * (k + 1) * i / rows);
        double U(int k, int d) => Math.Sqrt(2.0 / width) * Math.Sin(2 * Math.PI * (k + 1) * d / width);
        for (var i = 0; i < rows; i++)
            for (var d = 0; d < width; d++)
                data[i * width + d] = (float)(3 + Enumerable.Range(0, 4).Sum(k => sizes[k] * A(k, i) * U(k, d)));
        var found = PrincipalComponents.Of(data, width, 3);
        var whole = sizes.Sum(s => s * s);
        for (var k = 0; k < 3; k++)
        {
            Assert.Equal(sizes[k] * sizes[k] / whole, found.Explained[k], 5);
            var sign = Math.Sign(found.Scores[k] * A(k, 0));
            for (var i = 0; i < rows; i++) Assert.Equal(sizes[k] * A(k, i), sign * found.Scores[i * 3 + k], 4);
        }
    }

    [Fact]
    public void Rows_without_further_directions_give_zeros()
    {
        var found = PrincipalComponents.Of([1, 2, 3, 1, 2, 3, 3, 6, 9], 3, 4); // on one line
        Assert.Equal(1, found.Explained[0], 5);
        Assert.All(found.Explained.Skip(1), share => Assert.Equal(0, share, 5));
        Assert.All(PrincipalComponents.Of([1, 2, 1, 2], 2, 2).Scores, score => Assert.Equal(0, score));
    }

    [Fact]
    public void Each_row_has_as_many_neighbours_as_the_perplexity_says()
    {
        var random = new Random(4);
        float[] rows = [.. Enumerable.Range(0, 50 * 3).Select(_ => (float)random.NextDouble())];
        var joint = NeighbourEmbedding.Joint(rows, 3, 10);
        Assert.Equal(1, joint.Sum(), 4);
        var slow = SlowJoint(rows, 50, 3, 10);
        for (var i = 0; i < joint.Length; i++) Assert.Equal(slow[i], joint[i], 1e-6);
    }

    [Fact]
    public void The_gradient_is_that_of_the_divergence_by_finite_differences()
    {
        var random = new Random(6);
        const int total = 21; // not a whole number of vectors
        float[] rows = [.. Enumerable.Range(0, total * 4).Select(_ => (float)random.NextDouble())];
        var p = NeighbourEmbedding.Joint(rows, 4, 5);
        float[] Places() => [.. Enumerable.Range(0, total).Select(_ => (float)random.NextDouble())];
        float[] x = Places(), y = Places();
        var (gx, gy) = (new float[total], new float[total]);
        NeighbourEmbedding.Gradient(p, x, y, 1, gx, gy);
        for (var i = 0; i < total; i += 4)
        {
            const double step = 1e-4;
            double[] wx = [.. x.Select(v => (double)v)], wy = [.. y.Select(v => (double)v)];
            double At(double[] moved, double by)
            {
                moved[i] += by;
                var value = Divergence(p, wx, wy);
                moved[i] -= by;
                return value;
            }
            Assert.Equal((At(wx, step) - At(wx, -step)) / (2 * step), gx[i], 4);
            Assert.Equal((At(wy, step) - At(wy, -step)) / (2 * step), gy[i], 4);
        }
    }

    [Fact]
    public void Groups_that_lie_apart_stay_together_in_the_plane()
    {
        var random = new Random(9);
        float[] rows = [.. Enumerable.Range(0, 150).SelectMany(i =>
            Enumerable.Range(0, 10).Select(k => (k == i % 5 ? 4f : 0) + (float)random.NextDouble()))];
        var places = NeighbourEmbedding.Place(rows, 10);
        for (var i = 0; i < 150; i++)
        {
            double Apart(int j) => Math.Pow(places[2 * i] - places[2 * j], 2) + Math.Pow(places[2 * i + 1] - places[2 * j + 1], 2);
            var nearest = Enumerable.Range(0, 150).Where(j => j != i).MinBy(Apart);
            Assert.Equal(i % 5, nearest % 5);
        }
        Assert.Equal(places, NeighbourEmbedding.Place(rows, 10)); // the same each time
        Assert.Equal(6, NeighbourEmbedding.Place([1, 2, 3], 1).Length); // too few to place
    }

    /// <summary>Σ p ln(p / q), in doubles.</summary>
    private static double Divergence(float[] p, double[] x, double[] y)
    {
        var total = x.Length;
        double Near(int i, int j) => 1 / (1 + Math.Pow(x[i] - x[j], 2) + Math.Pow(y[i] - y[j], 2));
        double sum = 0, divergence = 0;
        for (var i = 0; i < total; i++)
            for (var j = 0; j < total; j++)
                if (i != j) sum += Near(i, j);
        for (var i = 0; i < total; i++)
            for (var j = 0; j < total; j++)
                if (p[i * total + j] > 0) divergence += p[i * total + j] * Math.Log(p[i * total + j] / (Near(i, j) / sum));
        return divergence;
    }

    private static double[] SlowJoint(float[] rows, int total, int width, double perplexity)
    {
        double Apart(int i, int j) => Enumerable.Range(0, width).Sum(k => Math.Pow(rows[i * width + k] - rows[j * width + k], 2));
        var conditional = new double[total * total];
        for (var i = 0; i < total; i++)
        {
            double low = 1e-6, high = 1e6;
            for (var step = 0; step < 200; step++)
            {
                var beta = Math.Sqrt(low * high);
                double[] p = [.. Enumerable.Range(0, total).Select(j => j == i ? 0 : Math.Exp(-beta * Apart(i, j)))];
                var sum = p.Sum();
                var entropy = -p.Where(v => v > 0).Sum(v => v / sum * Math.Log(v / sum));
                if (entropy > Math.Log(perplexity)) low = beta;
                else high = beta;
                for (var j = 0; j < total; j++) conditional[i * total + j] = p[j] / sum;
            }
        }
        double Other(int at) => conditional[at % total * total + at / total];
        return [.. Enumerable.Range(0, total * total).Select(at => (conditional[at] + Other(at)) / (2 * total))];
    }
}
