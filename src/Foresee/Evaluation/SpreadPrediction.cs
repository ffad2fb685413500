using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <param name="Images">Unlabelled images in the graph.</param>
/// <param name="Neighbours">k</param>
/// <param name="Sharpness">p of the edges' weights cos^p.</param>
/// <param name="Alpha">Share of an image's prediction that comes from its neighbours.</param>
/// <param name="Steps">Of the iteration; what is left after t steps is α^t.</param>
public sealed record LabelSpreadingOptions(int Images = 30_000, int Neighbours = 10, double Sharpness = 3, double Alpha = 0.8,
    int Steps = 25)
{
    public void Validate()
    {
        string?[] faults = [
            Images < 2 ? $"Images must be 2 or more, got {Images}" : null,
            Neighbours < 1 ? $"Neighbours must be 1 or more, got {Neighbours}" : null,
            Alpha is < 0 or >= 1 ? $"Alpha must be from 0 to below 1, got {Alpha}" : null,
            Steps < 1 ? $"Steps must be 1 or more, got {Steps}" : null,
        ];
        if (faults.Any(f => f is not null))
            throw new ArgumentException($"Settings of label spreading: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>
/// A linear probe that asks the unlabelled images too: its predictions for them are spread over a graph of nearest neighbours (Zhou et
/// al. 2004), brought to the classes' shares among the labels (class mass normalisation, Zhu et al. 2003), and an image's class is
/// <code>argmax_c √probe_c(x) · mean of Q_c over the nearest unlabelled images of x</code>
/// </summary>
/// <remarks>Inductive: an image that is predicted is no part of the graph, each is predicted by itself.</remarks>
internal sealed class SpreadPrediction : Module
{
    private readonly LinearProbe probe;
    private readonly float[] q;     // [N, classes]
    private readonly int classes;

    /// <param name="rows">f32 [N, K] of the unlabelled images, of length 1.</param>
    /// <param name="spread">f32 [N, classes], Q.</param>
    internal SpreadPrediction(LinearProbe probe, Tensor rows, Tensor spread, LabelSpreadingOptions options)
    {
        this.probe = Child("probe", probe);
        Nearest = new(Buffer("rows", rows), Math.Min(options.Neighbours, (int)rows.Size(0) - 1), options.Sharpness);
        (q, classes) = (Buffer("spread", spread).ToArray<float>(), (int)spread.Size(1));
    }

    internal NearestRows Nearest { get; }

    /// <param name="graph">Over unlabelled images, whose features are scaled as those of labelled images are; may be disposed
    /// after.</param>
    /// <param name="features">f32 [n, K] of the labelled images.</param>
    public static SpreadPrediction Fit(NeighbourGraph graph, Tensor features, int[] labels, int classes, LabelSpreadingOptions options,
        LinearProbeOptions probing, CancellationToken cancellation = default)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        var probe = LinearProbe.Fit(features, labels, classes, probing, cancellation);
        var spread = graph.Spread(probe.Probabilities(graph.Features).ToArray<float>(), classes, options.Alpha, options.Steps);
        Balance(spread, labels, classes);
        // a second handle on the same memory
        return new(probe, graph.Rows.Detach(), Tensor.From(spread, spread.Length / classes, classes), options);
    }

    /// <param name="x">f32 [B, K]</param>
    /// <returns>[B, classes], rows of sum 1.</returns>
    public override Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var (own, near) = (probe.Probabilities(x).ToArray<float>(), Nearest.MeanOf(x, q, classes));
        var result = new float[own.Length];
        for (var row = 0; row < result.Length; row += classes)
        {
            var total = 0.0;
            for (var i = row; i < row + classes; i++) total += Math.Sqrt(own[i]) * near[i];
            for (var i = row; i < row + classes; i++) result[i] = (float)(total > 0 ? Math.Sqrt(own[i]) * near[i] / total : own[i]);
        }
        return scope.Keep(Tensor.From(result, result.Length / classes, classes));
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
}
