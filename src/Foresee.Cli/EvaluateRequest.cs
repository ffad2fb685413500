using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>What evaluate was asked.</summary>
internal sealed record EvaluateRequest
{
    public required string Run { get; init; }
    public required LabelledRequest Data { get; init; }
    public required string Output { get; init; }
    public required IReadOnlyList<Protocol> Protocols { get; init; }
    public GridPooling? Pooling { get; init; }
    public int? Stride { get; init; }
    public bool WholeImages { get; init; }
    public double? Epochs { get; init; }
    public double? HeadEpochs { get; init; }
    public bool Balance { get; init; }
    public bool Tune { get; init; }
    public double TuneMinutes { get; init; }
    public FileInfo? Tuned { get; init; }

    /// <exception cref="UsageException">Two options exclude each other, or one changes nothing.</exception>
    public void Check()
    {
        if ((Tune || Tuned is not null) && !Protocols.Contains(Protocol.Pixels))
            throw new UsageException("--tune and --tuned are about the network from pixels; add pixels to --protocol.");
        if (Tune && Tuned is not null) throw new UsageException("--tune searches settings and --tuned brings them; give one of the two.");
        if (WholeImages && Stride is not null)
            throw new UsageException("--stride lays the patches that --whole-images does without; give one of the two.");
        if (WholeImages && Protocols.Contains(Protocol.Streamed))
            throw new UsageException("streamed augments the patches that --whole-images does without; leave one of the two out.");
        if (HeadEpochs is not null && !Protocols.Contains(Protocol.FineTuned))
            throw new UsageException("--head-epochs is about fine-tuning; add finetuned to --protocol.");
        if (Balance && Protocols.FirstOrDefault(p => !EvaluationPlan.CanBalance(p), Protocol.Linear) is var other and not Protocol.Linear)
            throw new UsageException($"--balance is about linear, frozen, finetuned and scratch, and {other.ToString().ToLowerInvariant()} "
                + "learns without it; measure that in a line of its own.");
    }

    public TrainedEncoder LoadEncoder(Device device) =>
        WholeImages ? TrainedEncoder.LoadForWholeImages(Run, device) : TrainedEncoder.Load(Run, device, Stride);

    /// <summary>All but the settings of the network from pixels, which a search may find.</summary>
    public EvaluationPlan Plan(TrainedEncoder encoder, Device device)
    {
        var description = RunDescription.Read(Path.Combine(Run, RunDescription.FileName));
        var features = encoder.Description.Options.Features;
        var plan = new EvaluationPlan(description.Recipe, Protocols, Data.Labels, encoder.Input, Data.Draws)
        {
            Extract = encoder.Features,
            Encoder = encoder.Hash,
            Copy = () => LoadEncoder(device),
            Compute = Precision.For(device).Type,
        };
        plan = plan with { Frozen = FineTuningOptions.FrozenOn(features) with { Augmentation = plan.Frozen.Augmentation } };
        if (Protocols.Contains(Protocol.Streamed))
            plan = plan with { Streamed = SgdLinearProbeOptions.On(features, description.ReadOptions<PretrainOptions>().Method.Augmentation) };
        if (Pooling is { } pooling) plan = plan.Pooled(pooling);
        if (Epochs is { } passes)
            plan = plan with
            {
                Frozen = plan.Frozen with { Epochs = passes },
                FineTuned = plan.FineTuned with { Epochs = passes },
                Scratch = plan.Scratch with { Epochs = passes },
                Streamed = plan.Streamed with { Epochs = passes },
            };
        if (HeadEpochs is { } frozen) plan = plan with { FineTuned = plan.FineTuned with { HeadEpochs = frozen } };
        return Balance ? plan.Balanced() : plan;
    }

    /// <summary>Whether the network from pixels takes settings that were found on other images.</summary>
    public bool BorrowsSettings(EvaluationPlan plan, IImageSource images) => Protocols.Contains(Protocol.Pixels) && !Tune && Tuned is null
        && Path.GetFileName(Path.TrimEndingDirectorySeparator(images.Name)) != plan.Pixels.Data;
}
