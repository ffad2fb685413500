using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Evaluation;

/// <summary>Pooled features of images of a source as the encoder gives them, a table for each pooling; the caller owns them.</summary>
public delegate FeatureTable[] RawFeatures(IImageSource source, int[] indices, GridPooling[] poolings);

/// <summary>
/// What several tasks have in common, computed once: pooled features of the images that may be learnt from, their scalings by the
/// statistics of unlabelled images, and whatever a protocol prepares from these. No label is looked at.
/// </summary>
public sealed class SharedFeatures : IDisposable
{
    private const long MostHeld = 64 << 20; // numbers, 256 MiB
    private readonly IImageSource labelled, unlabelled;
    private readonly Dictionary<GridPooling, FeatureTable> tables = [];           // of labelled images, as the encoder gives them
    private readonly Dictionary<FeatureOptions, FeatureScaling> scalings = [];
    private readonly Dictionary<FeatureOptions, FeatureTable> further = [];       // of unlabelled images, scaled
    private readonly Dictionary<object, IDisposable> prepared = [];
    private readonly Func<TrainedEncoder>? newEncoder;
    private readonly Action<EvaluationProgress>? progress;
    private readonly CancellationToken cancel;
    private readonly RawFeatures? raw;
    private int done, total;

    private SharedFeatures(IImageSource labelled, IImageSource unlabelled, InputFormat input, int threads, Func<TrainedEncoder>? newEncoder,
        Action<EvaluationProgress>? progress, CancellationToken cancel, RawFeatures? raw)
    {
        this.raw = raw;
        (this.labelled, this.unlabelled, Input, Threads) = (labelled, unlabelled, input, threads);
        (this.newEncoder, this.progress, this.cancel) = (newEncoder, progress, cancel);
    }

    /// <param name="labelled">The images that may be learnt from.</param>
    /// <param name="places">Those of them that will be.</param>
    /// <param name="unlabelled">May be the same images.</param>
    /// <param name="measured">Images that will be predicted, whose features are made in the same pass; null for none.</param>
    /// <param name="raw">Where pooled features come from, unscaled; null: from the encoder, now.</param>
    /// <param name="group">The processes that share the images, each of which gets all features; null for one.</param>
    public static SharedFeatures Compute(IReadOnlyList<IProtocol> protocols, IImageSource labelled, int[] places, IImageSource unlabelled,
        InputFormat input, int threads, Func<TrainedEncoder>? newEncoder, MeasuredImages? measured = null,
        Action<EvaluationProgress>? progress = null, CancellationToken cancel = default, RawFeatures? raw = null,
        ProcessGroup? group = null)
    {
        var shared = new SharedFeatures(labelled, unlabelled, input, threads, newEncoder, progress, cancel, raw) { Group = group };
        try
        {
            if (protocols.Any(p => p.Scaling is not null)) shared.Compute(protocols, places, measured);
            foreach (var protocol in protocols)
            {
                progress?.Invoke(new($"preparing {protocol.Name}", 0, 1));
                protocol.Prepare(shared, cancel);
            }
            return shared;
        }
        catch
        {
            shared.Dispose();
            throw;
        }
    }

    private ProcessGroup? Group { get; init; }

    /// <summary>The form that images are read in.</summary>
    public InputFormat Input { get; }

    /// <summary>For what is prepared before the first task.</summary>
    public int Threads { get; }

    /// <summary>A fresh copy of the encoder, to change and dispose.</summary>
    public TrainedEncoder NewEncoder() => (newEncoder
        ?? throw new InvalidOperationException("No encoder was given; this protocol needs one."))();

    public FeatureScaling ScalingOf(FeatureOptions options) => scalings[options];

    /// <summary>f32 [n, K] of images that may be learnt from, scaled.</summary>
    public Tensor Labelled(FeatureOptions options, int[] places) => scalings[options].Apply(tables[options.Pooling].Of(places));

    /// <summary>f32 [N, K] of as many unlabelled images as a protocol asked for, evenly taken, scaled.</summary>
    public Tensor Unlabelled(FeatureOptions options) => further[options].Values;

    /// <summary>uint8 [n, C, H, W] of unlabelled images, evenly taken.</summary>
    public Tensor UnlabelledPixels(int count) => ImageTensors.Read(unlabelled, EvenSample.Of(unlabelled.Count, count), Input);

    /// <summary>What is the same for all tasks, made the first time it is asked for.</summary>
    /// <param name="key">Equal where the thing is the same.</param>
    public T Once<T>(object key, Func<T> make) where T : IDisposable
    {
        lock (prepared)
        {
            if (!prepared.TryGetValue(key, out var thing)) prepared[key] = thing = make();
            return (T)thing;
        }
    }

    private void Compute(IReadOnlyList<IProtocol> protocols, int[] places, MeasuredImages? measured)
    {
        using var encoder = NewEncoder();
        FeatureOptions[] classified = [.. protocols.Select(p => p.Features).OfType<FeatureOptions>().Distinct()];
        FeatureOptions[] scaled = [.. protocols.Select(p => p.Scaling).OfType<FeatureOptions>().Distinct()];
        var asked = protocols.Where(p => p.UnlabelledFeatures > 0).GroupBy(p => p.Features!, p => p.UnlabelledFeatures)
            .ToDictionary(same => same.Key, same => EvenSample.Of(unlabelled.Count, same.Max()));
        int[] statistics = [.. scaled.SelectMany(options => EvenSample.Of(unlabelled.Count, options.Scaling.Images)).Distinct().Order()];
        GridPooling[] kept = [.. classified.Select(options => options.Pooling).Distinct()];
        GridPooling[] all = [.. scaled.Select(options => options.Pooling).Distinct()];
        // Images that may be learnt from are the unlabelled ones, too, in most cases: one pass serves both.
        var one = ReferenceEquals(labelled, unlabelled);
        var along = asked.Where(item => one && IsSmall(encoder, item.Key.Pooling, item.Value.Length)).ToDictionary();
        int[] first = kept.Length == 0 ? []
            : one ? [.. places.Concat(statistics).Concat(along.Values.SelectMany(indices => indices)).Distinct().Order()]
            : [.. places.Distinct().Order()];
        GridPooling[] others = one ? [.. all.Except(kept)] : all;
        total = first.Length + (others.Length > 0 ? statistics.Length : 0) + (classified.Length > 0 ? measured?.Count ?? 0 : 0)
            + asked.Except(along).Sum(item => item.Value.Length);

        FeatureTable[] Raw(IImageSource source, int[] indices, GridPooling[] poolings) =>
            raw is not null && indices.Length > 0 && poolings.Length > 0 ? raw(source, indices, poolings)
                : Tables(encoder, source, indices, Array.ConvertAll(poolings, pooling => new FeatureForm(pooling)));
        foreach (var (pooling, table) in kept.Zip(Raw(labelled, first, kept))) tables[pooling] = table;
        var aside = others.Zip(Raw(unlabelled, statistics, others)).ToDictionary(pair => pair.First, pair => pair.Second);
        try
        {
            foreach (var options in scaled)
            {
                using var scope = TensorScope.Begin();
                var table = aside.GetValueOrDefault(options.Pooling) ?? tables[options.Pooling];
                scalings[options] = FeatureScaling.Fit(table.Of(EvenSample.Of(unlabelled.Count, options.Scaling.Images)), options.Scaling);
            }
        }
        finally
        {
            foreach (var table in aside.Values) table.Dispose();
        }
        FeatureForm Scaled(FeatureOptions options) => new(options.Pooling, scalings[options]);
        foreach (var (options, indices) in asked)
            further[options] = along.ContainsKey(options) ? tables[options.Pooling].Scaled(scalings[options], indices)
                : raw is not null ? ScaledRaw(options, indices)
                : Tables(encoder, unlabelled, indices, [Scaled(options)])[0];
        if (measured is not null && classified.Length > 0)
            measured.Take(classified.Zip(Tables(encoder, measured.Images, measured.All, [.. classified.Select(Scaled)])));
    }

    private FeatureTable ScaledRaw(FeatureOptions options, int[] indices)
    {
        using var table = raw!(unlabelled, indices, [options.Pooling])[0];
        return table.Scaled(scalings[options], indices);
    }

    /// <summary>Whether features can be held as the encoder gives them; of whole grids nobody knows before how many there are.</summary>
    private static bool IsSmall(TrainedEncoder encoder, GridPooling pooling, int images) =>
        pooling != GridPooling.Whole && (long)images * (int)pooling * (int)pooling * encoder.Width <= MostHeld;

    private FeatureTable[] Tables(TrainedEncoder encoder, IImageSource source, int[] indices, FeatureForm[] forms)
    {
        if (indices.Length == 0 || forms.Length == 0) return [];
        void Report(int images) => progress?.Invoke(new("features", done + images, total));
        var made = FeatureTable.Compute(encoder.Features, source, indices, Input, forms, Threads, progress: Report, cancellation: cancel,
            group: Group);
        done += indices.Length;
        return made;
    }

    public void Dispose()
    {
        foreach (var item in prepared.Values) item.Dispose();
        foreach (var scaling in scalings.Values) scaling.Dispose();
        foreach (var table in tables.Values.Concat(further.Values)) table.Dispose();
    }
}
