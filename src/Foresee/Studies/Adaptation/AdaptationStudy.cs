using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Studies.Adaptation;

/// <summary>What one method gave with one seed.</summary>
/// <param name="Row">Its accuracy on target images; null where none have labels.</param>
/// <param name="Classes">Of each target image that was adapted to, by <see cref="AdaptationStudy.TargetPlaces"/>: the most probable.</param>
/// <param name="Probabilities">Of these.</param>
public sealed record AdaptationOutcome(AdaptationMethod Method, int Draw, EvaluationResult? Row, int[] Classes, float[] Probabilities,
    string? Remark);

/// <summary>
/// From labelled images of one place to a classifier for another, whose images have none. Labels of the target are read after a classifier
/// is there, to measure it.
/// </summary>
public sealed class AdaptationStudy : IDisposable
{
    private const int StatisticImages = 1000;
    private readonly Domains domains;
    private readonly AdaptationPlan plan;
    private readonly Action<EvaluationProgress>? progress;
    private readonly CancellationToken cancel;
    private readonly List<IDisposable> owned = [];
    private readonly IAdapts adapts;
    private readonly Fingerprint fingerprint;
    private readonly string encoder;

    /// <summary>Reads the images, and computes their features where there is an encoder.</summary>
    /// <param name="domains">Images that can be read as <paramref name="input"/>.</param>
    /// <param name="encoder">Frozen; null for a small network from pixels.</param>
    /// <param name="name">Of the encoder in results.</param>
    public AdaptationStudy(Domains domains, InputFormat input, TrainedEncoder? encoder, string name, AdaptationPlan plan,
        Action<EvaluationProgress>? progress = null, CancellationToken cancel = default)
    {
        plan.Dann.Validate();
        plan.Transport.Validate();
        (this.domains, this.plan, this.progress, this.cancel, this.encoder) = (domains, plan, progress, cancel, name);
        int[] source = EvenSample.Of(domains.Source.Images.Count, plan.Images), labels = [.. source.Select(i => domains.Source.Labels[i])];
        TargetPlaces = EvenSample.Of(domains.Target.Count, plan.Images);
        fingerprint = new(input, encoder?.Hash ?? "pixels", domains.Source, domains.Measured ?? domains.Source);
        var classes = domains.Source.Classes.Length;
        try
        {
            using var scope = TensorScope.Begin();
            adapts = encoder is null ? OfPixels(input, source, labels, classes) : OfFeatures(encoder, source, labels, classes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Which images of the target were adapted to.</summary>
    public IReadOnlyList<int> TargetPlaces { get; }

    private PixelAdaptation OfPixels(InputFormat input, int[] source, int[] labels, int classes)
    {
        var (from, to) = (Own(Pixels(domains.Source.Images, source)), Own(Pixels(domains.Target, [.. TargetPlaces])));
        var measured = domains.Measured is { Images: var images } ? Own(Pixels(images, [.. Enumerable.Range(0, images.Count)])) : null;
        input = Normalised(input, from, to);
        return Keep(new PixelAdaptation(input, from, labels, classes, to, measured, plan));

        Tensor Pixels(IImageSource images, int[] places)
        {
            progress?.Invoke(new($"reading {images.Name}", 0, 1));
            return ImageTensors.Read(images, places, input);
        }
    }

    /// <summary>Mean and std of each channel over both domains alike.</summary>
    private static InputFormat Normalised(InputFormat input, Tensor from, Tensor to)
    {
        using var scope = TensorScope.Begin();
        Tensor Some(Tensor images) => images.IndexSelect(0, Tensor.From(Array.ConvertAll(
            EvenSample.Of((int)images.Size(0), StatisticImages), i => (long)i))).To(DType.Float32) / 255;
        var (a, b) = (Some(from), Some(to));
        var mean = (a.Mean([0, 2, 3]) + b.Mean([0, 2, 3])) / 2;                                  // [C]
        var square = (a.Square().Mean([0, 2, 3]) + b.Square().Mean([0, 2, 3])) / 2;
        var std = (square - mean.Square()).Clamp(low: 0.0).Sqrt().Clamp(low: 0.01);
        return input with { Mean = [.. mean.ToArray<double>()], Std = [.. std.ToArray<double>()] };
    }

    private FeatureAdaptation OfFeatures(TrainedEncoder network, int[] source, int[] labels, int classes)
    {
        Tensor Rows(IImageSource images, int[] places) => Keep(FeatureTable.Compute(network.Features, images, places, network.Input,
            [new(plan.Pooling)], plan.Threads, progress: done => progress?.Invoke(new($"features of {images.Name}", done, places.Length)),
            cancellation: cancel)[0]).Values;
        var (from, to) = (Rows(domains.Source.Images, source), Rows(domains.Target, [.. TargetPlaces]));
        using var scaling = FeatureScaling.Fit(Tensor.Cat([from, to]), new(Scaling.Suited));
        var measured = domains.Measured is { Images: var images }
            ? Own(scaling.Apply(Rows(images, [.. Enumerable.Range(0, images.Count)]))) : null;
        var spread = scaling.Spread();
        return new(Own(scaling.Apply(from)), labels, classes, Own(scaling.Apply(to)), measured, plan, spread is null ? null : Own(spread));
    }

    /// <summary>Those rows of an earlier start that this study would measure again.</summary>
    public IEnumerable<EvaluationResult> Known(IReadOnlyList<EvaluationResult> rows) =>
        All().Select(one => Find(rows, one.Method, one.Draw)).OfType<EvaluationResult>();

    /// <summary>Each method with each seed, as soon as it is known.</summary>
    /// <param name="known">Rows of an earlier start; what they tell is not measured again.</param>
    public IEnumerable<AdaptationOutcome> Run(IReadOnlyList<EvaluationResult> known) =>
        All().Where(one => Find(known, one.Method, one.Draw) is null).Select(one => Measure(one.Method, one.Draw));

    private IEnumerable<(AdaptationMethod Method, int Draw)> All() =>
        Enumerable.Range(plan.Seed, plan.Draws).SelectMany(draw => plan.Methods.Select(method => (method, draw)));

    private EvaluationResult? Find(IReadOnlyList<EvaluationResult> rows, AdaptationMethod method, int draw) =>
        Row(method, draw) is { } row ? rows.FirstOrDefault(old => old with { Value = 0, Seconds = 0 } == row) : null;

    private AdaptationOutcome Measure(AdaptationMethod method, int draw)
    {
        using var scope = TensorScope.Begin();
        var (row, clock) = (Row(method, draw), Stopwatch.StartNew());
        var work = $"{AdaptationPlan.NameOf(method)}, seed {draw}";
        progress?.Invoke(new(work, 0, 1));
        var adapted = adapts.Adapt(method, draw, step => progress?.Invoke(new(work, step.Step, step.Steps)), cancel);
        if (row is not null)
            row = row with
            {
                Value = Accuracy.Top1(adapted.Measured!.ArgMax(1).ToArray<int>(), domains.Measured!.Labels),
                Seconds = clock.Elapsed.TotalSeconds,
            };
        return new(method, draw, row, adapted.Target.ArgMax(1).ToArray<int>(), adapted.Target.MaxAlong(1).ToArray<float>(), adapted.Remark);
    }

    /// <summary>All of a row but its value; null where nothing is measured.</summary>
    private EvaluationResult? Row(AdaptationMethod method, int draw)
    {
        if (domains.Measured is null) return null;
        var settings = fingerprint.OfStudy(domains.Target.Hash(cancel), plan.Images, plan.Pooling, method, plan.Dann,
            method == AdaptationMethod.OptimalTransport ? plan.Transport : null);
        var name = domains.Measured.Images.Name.EndsWith(LabelledSplits.ValidationMark, StringComparison.Ordinal)
            ? $"{domains.Name.Replace(LabelledSplits.ValidationMark, "", StringComparison.Ordinal)}{LabelledSplits.ValidationMark}"
            : domains.Name;
        return new(name, encoder, AdaptationPlan.NameOf(method), $"{LabelAmount.All}", draw, 0, 0) { Settings = settings };
    }

    private Tensor Own(Tensor tensor) => Keep(TensorScope.Detach(tensor));

    private T Keep<T>(T thing) where T : IDisposable
    {
        owned.Add(thing);
        return thing;
    }

    public void Dispose()
    {
        foreach (var thing in owned) thing.Dispose();
    }
}
