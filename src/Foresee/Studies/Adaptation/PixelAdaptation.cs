using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Studies.Adaptation;

/// <summary>
/// From pixels: a small network that learns from the source alone, the same against a domain head, or transport between the features of the
/// first.
/// </summary>
/// <param name="input">With the mean and std of both domains' pixels.</param>
/// <param name="source">uint8 [n, C, height, width]</param>
/// <param name="target">uint8 [m, C, height, width]</param>
/// <param name="measured">uint8 [t, C, height, width]; null for none.</param>
internal sealed class PixelAdaptation(InputFormat input, Tensor source, int[] labels, int classes, Tensor target, Tensor? measured,
    AdaptationPlan plan) : IAdapts, IDisposable
{
    private DannNetwork? alone; // learnt from the source
    private int aloneSeed;

    public AdaptedProbabilities Adapt(AdaptationMethod method, int seed, Action<FitProgress>? progress, CancellationToken cancel)
    {
        if (method == AdaptationMethod.Dann)
        {
            using var adapted = Learn(plan.Dann, seed, progress, cancel);
            return Of(adapted);
        }
        if (alone is null || aloneSeed != seed)
        {
            alone?.Dispose();
            alone = null;
            (alone, aloneSeed) = (Learn(plan.Dann with { Reversal = 0 }, seed, progress, cancel), seed);
        }
        if (method == AdaptationMethod.SourceOnly) return Of(alone);
        var (from, to) = (alone.Features(source), alone.Features(target));
        using var scaling = FeatureScaling.Fit(Tensor.Cat([from, to]), new(Scaling.Suited));
        return new FeatureAdaptation(scaling.Apply(from), labels, classes, scaling.Apply(to), measured is null ? null
            : scaling.Apply(alone.Features(measured)), plan, scaling.Spread()).Adapt(method, seed, progress, cancel);
    }

    private DannNetwork Learn(DannOptions options, int seed, Action<FitProgress>? progress, CancellationToken cancel)
    {
        using var generator = new Generator((ulong)seed);
        var body = new PixelBody(input, generator);
        var network = new DannNetwork(body, body.Features, classes, options, generator);
        try
        {
            network.Fit(source, labels, target, options, generator, progress, cancel);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private AdaptedProbabilities Of(DannNetwork network) =>
        new(network.Probabilities(target), measured is null ? null : network.Probabilities(measured));

    public void Dispose() => alone?.Dispose();
}
