using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Studies;

namespace Foresee.Fitting;

/// <summary>An encoder with its features of the labelled and of unlabelled images, made once and kept on the disk.</summary>
internal sealed class EncoderInUse : IDisposable
{
    /// <summary>Share of the time for the features of one start.</summary>
    public const double FeatureShare = 0.12;

    public const int LeastUnlabelled = 500;
    private readonly FitSession session;
    private readonly Dictionary<GridPooling, FeatureCache> caches = [];
    private readonly string[] keys; // of the unlabelled images

    /// <param name="path">A folder with encoder.safetensors, or a file.</param>
    public EncoderInUse(FitSession session, ComparedStart start, string path)
    {
        (this.session, Start, Path) = (session, start, path);
        Kind = Candidates.KindOf(start);
        Encoder = Load();
        try
        {
            var (known, channels) = (Encoder.Input.Channels, session.Data.Input.Channels);
            if (known != channels && !(known is 1 or 3 && channels is 1 or 3))
                throw new ArgumentException($"{start.Name} knows images of {known} channels, and these have {channels}.");
            SecondsForward = session.Plan.Once($"seconds forward {start.Name}",
                () => FineTuningCost.Forward(Encoder, session.Data.Labelled));
            var all = session.Unlabelled.Count;
            var most = (int)session.Plan.Once($"unlabelled {start.Name}", () => double.IsFinite(session.Budget.All)
                ? Math.Clamp(FeatureShare * session.Budget.All / SecondsForward, Math.Min(LeastUnlabelled, all), all) : all);
            int[] chosen = [.. EvenSample.Of(all, most)];
            Unlabelled = chosen.Length == all ? session.Unlabelled
                : new ImageSelection(session.Unlabelled, chosen, session.Unlabelled.Name);
            keys = [.. chosen.Select(place => session.UnlabelledKeys[place])];
        }
        catch
        {
            Encoder.Dispose();
            throw;
        }
    }

    public ComparedStart Start { get; }
    public StartKind Kind { get; }
    public string Path { get; }
    public TrainedEncoder Encoder { get; }
    public IImageSource Unlabelled { get; }

    /// <summary>Of one image on all threads.</summary>
    public double SecondsForward { get; }

    /// <summary>Of all that a score of this encoder hangs on beside protocol and labels.</summary>
    public IEnumerable<string> Parts => [Encoder.Hash ?? "", ImageKeys.Hash(keys)];

    /// <summary>The protocols that suit it, pooled as suits it, with all their options.</summary>
    public IReadOnlyList<IProtocol> Suited(IReadOnlyList<IProtocol> protocols)
    {
        if (!Encoder.Parameters().Any()) protocols = [.. protocols.Where(protocol => !protocol.NeedsWeights)];
        if (protocols.Any(protocol => protocol is IPooled))
            protocols = new ProtocolDials { Pooling = (GridPooling?)Encoder.Network.Options.PooledCells }.Apply(protocols);
        var setting = session.Data.Setting(session.Options.Compute) with
        {
            Features = Encoder.Width,
            Pretraining = (Start as WeightsStart)?.Augmentation,
        };
        return [.. protocols.Select(protocol => protocol.Resolve(setting))];
    }

    /// <summary>What protocols share on all folds; from the disk where it was made before.</summary>
    public SharedFeatures Share(IReadOnlyList<IProtocol> protocols)
    {
        var labelled = session.Data.Labelled.Images;
        return SharedFeatures.Compute(protocols, labelled, [.. Enumerable.Range(0, labelled.Count)], Unlabelled, Encoder.Input,
            session.Options.Threads, Load,
            progress: progress => session.Report($"{Start.Name}: {progress.Work}", progress.Done, progress.Of), cancel: session.Cancel,
            raw: (source, places, poolings) => [.. poolings.Select(pooling => Raw(source, places, pooling))]);
    }

    /// <summary>Features of labelled or unlabelled images before any scaling, [n, K].</summary>
    public FeatureTable Raw(IImageSource source, int[] places, GridPooling pooling)
    {
        if (!caches.TryGetValue(pooling, out var cache))
        {
            var name = $"{Start.Name}-{ImageKeys.Hash([Encoder.Hash ?? "", pooling.ToString()])}";
            caches[pooling] = cache = new(session.Context.Work("features", name), pooling);
        }
        var done = 0;
        return cache.Of(Encoder, source, ReferenceEquals(source, Unlabelled) ? keys : session.Data.Keys, places, session.Options.Threads,
            made => session.Report($"{Start.Name}: features", done += made, places.Length), session.Cancel);
    }

    /// <summary>Of weights that were trained elsewhere, what several stages see: the last alone knows images like those best.</summary>
    private TrainedEncoder Load() =>
        TrainedEncoder.Load(Path, session.Options.Device, new EncoderReading { SideBySide = Kind == StartKind.Pretrained });

    public void Dispose()
    {
        foreach (var cache in caches.Values) cache.Dispose();
        Encoder.Dispose();
    }
}
