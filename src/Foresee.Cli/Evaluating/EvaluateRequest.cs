using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>What evaluate was asked.</summary>
internal sealed record EvaluateRequest
{
    /// <summary>As typed: a run, a start or a file.</summary>
    public required string Encoder { get; init; }

    /// <summary>Measure also where the encoder has seen these images' labels.</summary>
    public bool AllowLeak { get; init; }
    public required LabelledRequest Data { get; init; }
    public required string Output { get; init; }
    public required IReadOnlyList<IProtocol> Protocols { get; init; }
    public required int Threads { get; init; }
    public ProtocolDials Dials { get; init; } = new();
    public EncoderReading Reading { get; init; } = new();
    public required BaselineSearch Baseline { get; init; }

    /// <exception cref="UsageException">Two options exclude each other, or one changes nothing.</exception>
    public void Check()
    {
        if (Baseline.IsAsked && !Protocols.Any(p => p is ITunable))
            throw new UsageException("--tune and --tuned are about settings that a search finds; "
                + $"add {string.Join(" or ", ProtocolDials.Knowing<ITunable>())} to --protocol.");
        Baseline.Check();
        var (patches, whole) = (Reading.Stride is not null || Reading.WholeImages, Reading.Stage is not null);
        if (Reading.WholeImages && Reading.Stride is not null)
            throw new UsageException("--stride lays the patches that --whole-images does without; give one of the two.");
        if (patches && whole)
            throw new UsageException("--stage is of encoders on whole images, --stride and --whole-images of those on patches; give one.");
        if (Reading.WholeImages && Protocols.FirstOrDefault(p => p is IAugmentsPatches) is { } cut)
            throw new UsageException($"{cut.Name} augments the patches that --whole-images does without; leave one of the two out.");
        Data.Check();
        Turned(Dials);
    }

    /// <summary>In the order in which they are typed.</summary>
    /// <exception cref="UsageException">The run, the images or the settings are not there.</exception>
    public void CheckNamed()
    {
        EncoderSource.Of(Encoder);
        Named.Images(Data.Name, Data.Test);
        Named.OrdinaryFile(Baseline.Tuned);
    }

    /// <summary>The protocols with the network that was asked for.</summary>
    public IReadOnlyList<IProtocol> OnNetwork => Turned(new() { Network = Dials.Network });

    private IReadOnlyList<IProtocol> Turned(ProtocolDials dials)
    {
        try
        {
            return dials.Apply(Protocols);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <param name="name">Of the encoder, in the results.</param>
    /// <param name="settings">Of the supervised baseline; null: those found on a data set of as many channels.</param>
    public EvaluationPlan Plan(EncoderSource source, string name, TrainedEncoder encoder, Device device, TunedBaseline? settings) =>
        new(name, Turned(Dials with { Tuned = settings, Pooling = PoolingFor(encoder) }), Data.Labels, encoder.Input, Threads, Data.Draws)
        {
            NewEncoder = () => source.Load(device, Reading),
            Pretraining = source.Augmentation(),
            Compute = Precision.For(device).Type,
        };

    /// <summary>
    /// As asked for; else as suits the encoder: each protocol's own for a grid of patches.
    /// </summary>
    public GridPooling? PoolingFor(TrainedEncoder encoder) =>
        Dials.Pooling ?? (Protocols.Any(p => p is IPooled) ? (GridPooling?)encoder.Network.Options.PooledCells : null);
}
