using Foresee.Torch;

namespace Foresee.Evaluation;

/// <param name="Images">Unlabelled images in the graph.</param>
/// <param name="Neighbours">k</param>
/// <param name="Sharpness">p of the edges' weights cos^p.</param>
/// <param name="Alpha">Share of an image's prediction that comes from its neighbours.</param>
/// <param name="Steps">Of the iteration; what is left after t steps is α^t.</param>
public sealed record LabelSpreadingOptions(int Images = 30_000, int Neighbours = 10, double Sharpness = 3, double Alpha = 0.8, int Steps = 25)
{
    public void Validate()
    {
        string?[] faults =
        [
            Images < 2 ? $"Images must be 2 or more, got {Images}" : null,
            Neighbours < 1 ? $"Neighbours must be 1 or more, got {Neighbours}" : null,
            Alpha is < 0 or >= 1 ? $"Alpha must be from 0 to below 1, got {Alpha}" : null,
            Steps < 1 ? $"Steps must be 1 or more, got {Steps}" : null,
        ];
        if (faults.Any(f => f is not null)) throw new ArgumentException($"Settings of label spreading: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>
/// A linear probe that asks the unlabelled images too: its predictions for them are spread over a graph of nearest neighbours (Zhou et
/// al. 2004), brought to the classes' shares among the labels (class mass normalisation, Zhu et al. 2003), and an image's class is
/// <code>argmax_c √probe_c(x) · mean of Q_c over the nearest unlabelled images of x</code>
/// </summary>
/// <remarks>Inductive: test images are no part of the graph, each is predicted by itself.</remarks>
internal sealed class LabelSpreading : IDisposable
{
    private readonly NeighbourGraph graph;
    private readonly Tensor unlabelled;
    private readonly LabelSpreadingOptions options;

    /// <param name="unlabelled">f32 [N, K] features of the unlabelled images, scaled as those of labelled and test images are.</param>
    public LabelSpreading(Tensor unlabelled, LabelSpreadingOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        (this.unlabelled, this.options) = (TensorScope.Detach(unlabelled), options);
        graph = NeighbourGraph.Build(unlabelled, options.Neighbours, options.Sharpness, cancellation);
    }

    /// <summary>The class of each test image, from a few labelled ones.</summary>
    /// <param name="features">f32 [n, K] of the labelled images.</param>
    /// <param name="test">f32 [T, K]</param>
    public int[] Predict(Tensor features, int[] labels, int classes, Tensor test, LinearProbeOptions probing, CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Begin();
        using var probe = LinearProbe.Fit(features, labels, classes, probing, cancellation);
        var spread = graph.Spread(probe.Probabilities(unlabelled).ToArray<float>(), classes, options.Alpha, options.Steps);
        Balance(spread, labels, classes);
        var (own, near) = (probe.Probabilities(test).ToArray<float>(), graph.MeanOfNearest(test, spread, classes, cancellation));
        var result = new int[test.Size(0)];
        for (var i = 0; i < result.Length; i++)
            for (var c = 1; c < classes; c++)
                if (Score(i * classes + c) > Score(i * classes + result[i])) result[i] = c;
        return result;

        double Score(int place) => Math.Sqrt(own[place]) * near[place];
    }

    /// <summary>Columns to the classes' shares among the labels, then rows to a sum of 1.</summary>
    private static void Balance(float[] q, int[] labels, int classes)
    {
        var mass = new double[classes];
        for (var i = 0; i < q.Length; i++) mass[i % classes] += q[i];
        var factors = mass.Select((sum, c) => labels.Count(label => label == c) / Math.Max(1e-12, sum)).ToArray();
        for (var row = 0; row < q.Length; row += classes)
        {
            var total = 0.0;
            for (var c = 0; c < classes; c++) total += q[row + c] * factors[c];
            for (var c = 0; c < classes; c++) q[row + c] = (float)(q[row + c] * factors[c] / Math.Max(1e-30, total));
        }
    }

    public void Dispose()
    {
        graph.Dispose();
        unlabelled.Dispose();
    }
}
