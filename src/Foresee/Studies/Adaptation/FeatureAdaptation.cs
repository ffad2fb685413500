using Foresee.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Studies.Adaptation;

/// <summary>What a classifier says: rows of sum 1.</summary>
/// <param name="Target">[m, classes]</param>
/// <param name="Measured">[t, classes]; null where nothing is measured.</param>
/// <param name="Remark">What went less well than it should; null for nothing.</param>
internal sealed record AdaptedProbabilities(Tensor Target, Tensor? Measured, string? Remark = null);

/// <summary>A way from the inputs of two domains to a classifier of the second.</summary>
internal interface IAdapts
{
    AdaptedProbabilities Adapt(AdaptationMethod method, int seed, Action<FitProgress>? progress, CancellationToken cancel);
}

/// <summary>
/// Frozen features: a linear probe on the source, the same on the source where transport carries it, or a network of two layers that learns
/// against a domain head.
/// </summary>
/// <param name="source">f32 [n, K], scaled.</param>
/// <param name="target">f32 [m, K], scaled likewise.</param>
/// <param name="measured">f32 [t, K]; null for none.</param>
/// <param name="spread">Of the scaling; null for none.</param>
internal sealed class FeatureAdaptation(Tensor source, int[] labels, int classes, Tensor target, Tensor? measured, AdaptationPlan plan,
    Tensor? spread = null) : IAdapts
{
    private const int Hidden = 256;      // units of each layer under the heads
    private const double Exact = 1e-6;   // of a plan's marginals

    public AdaptedProbabilities Adapt(AdaptationMethod method, int seed, Action<FitProgress>? progress, CancellationToken cancel)
    {
        if (method == AdaptationMethod.Dann) return Dann(seed, progress, cancel);
        if (method == AdaptationMethod.SourceOnly) return Probe(source, null, cancel);
        using var transport = OptimalTransport.Fit(source, labels, target, plan.Transport, seed, cancel);
        using var scope = TensorScope.Begin();
        var adapted = Probe(transport.Map(source), transport.Error <= Exact ? null
            : FormattableString.Invariant($"the transport's marginals are {transport.Error:0.0e+0} off; it took all of its iterations"), cancel);
        scope.Keep(adapted.Target);
        if (adapted.Measured is { } kept) scope.Keep(kept);
        return adapted;
    }

    private AdaptedProbabilities Probe(Tensor learnt, string? remark, CancellationToken cancel)
    {
        using var probe = LinearProbe.Fit(learnt, labels, classes, new(), cancel, spread);
        return new(probe.Probabilities(target), measured is null ? null : probe.Probabilities(measured), remark);
    }

    private AdaptedProbabilities Dann(int seed, Action<FitProgress>? progress, CancellationToken cancel)
    {
        using var generator = new Generator((ulong)seed);
        var body = new Sequential(new Linear((int)source.Size(1), Hidden, bias: true, generator), new Relu(),
            new Linear(Hidden, Hidden, bias: true, generator), new Relu());
        using var network = new DannNetwork(body, Hidden, classes, plan.Dann, generator);
        network.Fit(source, labels, target, plan.Dann, generator, progress, cancel);
        return new(network.Probabilities(target), measured is null ? null : network.Probabilities(measured));
    }
}
