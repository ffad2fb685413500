using Foresee.Torch;

namespace Foresee.Evaluation.Joint;

/// <summary>What is trained from labelled and unlabelled images together.</summary>
public enum JointNetworkKind
{
    /// <summary>The encoder that was given, from its weights, and a head that begins as the linear probe: to compare with
    /// "fine-tuned".</summary>
    Run,

    /// <summary>The same network, its weights drawn anew: to compare with "random-init".</summary>
    RandomInit,

    /// <summary>The supervised baseline's network, as its search found it for as many labels: to compare with "supervised".</summary>
    Supervised,
}

/// <summary>How a network learns from labelled and unlabelled images together; the losses are those of each protocol.</summary>
/// <param name="Steps">Batches in the one cycle.</param>
/// <param name="BatchSize">B, labelled images of a batch; at most the number of labels.</param>
/// <param name="Unlabelled">U, unlabelled images beside them; published are 5 to 7 times as many as labelled ones.</param>
/// <param name="Average">Decay of the average of all weights (Polyak) that is measured and kept, after a beginning in which it is less;
/// 0.999 is published, for trainings of hundreds of thousands of steps.</param>
/// <param name="Images">Unlabelled images in all, evenly taken.</param>
public sealed record JointTrainingOptions(int Steps = 2000, int BatchSize = 32, int Unlabelled = 96, double Average = 0.99,
    int Images = 60_000)
{
    public JointNetworkKind Network { get; init; }

    /// <summary>Passes over the labelled images, instead of <see cref="Steps"/>; 0 for those.</summary>
    public double Epochs { get; init; }

    /// <summary>
    /// Of the supervised baseline's network and its AdamW; null: found for as many labels, see <see cref="TunedBaseline"/>.
    /// </summary>
    public SupervisedBaselineOptions? Supervised { get; init; }

    /// <summary>Where it is found; null: among the settings of a data set of as many channels.</summary>
    public TunedBaseline? Tuned { get; init; }

    /// <summary>Of the head on an encoder and its AdamW; as the protocol "semi-supervised" has them.</summary>
    public FineTuningOptions Grid { get; init; } = FineTuningOptions.SemiSupervised with { Pseudo = null, Dropout = 0 };

    /// <summary>What the network multiplies in; null: what the plan says.</summary>
    public DType? Compute { get; init; }

    /// <summary>
    /// With the options that were left open. Dropout would differ between the views that a loss compares, so there is none.
    /// </summary>
    internal JointTrainingOptions Resolve(EvaluationSetting setting) => this with
    {
        Supervised = Network != JointNetworkKind.Supervised ? null
            : (Supervised ?? (Tuned ?? TunedBaseline.For(setting.Channels)).For(setting)) with { Dropout = 0 },
        Tuned = null,
        Grid = Network == JointNetworkKind.Supervised ? Grid : Anew(Grid.Resolve(setting)),
        Compute = Compute ?? setting.Compute,
    };

    /// <summary>From random weights all layers learn as fast as the head.</summary>
    private FineTuningOptions Anew(FineTuningOptions grid) =>
        Network == JointNetworkKind.RandomInit ? grid with { EncoderRate = 1, LayerRate = 1 } : grid;

    /// <summary>Of the network that is trained; of it only the turns are taken, views have changes of their own.</summary>
    internal WholeImageAugmentation? Augmentation => Supervised?.Augmentation ?? Grid.Augmentation;

    internal int StepsFor(int labels) =>
        Epochs > 0 ? Math.Max(10, (int)Math.Ceiling(Epochs * labels / Math.Min(BatchSize, labels))) : Steps;

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        Supervised?.Validate();
        Grid.Validate();
        string?[] faults = [
            Steps < 10 ? $"Steps must be 10 or more for a cycle, got {Steps}" : null,
            BatchSize < 2 ? $"BatchSize must be 2 or more for batch norm, got {BatchSize}" : null,
            Unlabelled < 2 ? $"Unlabelled must be 2 or more for batch norm, got {Unlabelled}" : null,
            Average is not (>= 0 and < 1) ? $"Average must be from 0 to below 1, got {Average}" : null,
            Images < 2 ? $"Images must be 2 or more, got {Images}" : null,
            !(Epochs >= 0) ? $"Epochs must be 0 (as many as Steps) or above, got {Epochs}" : null,
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"Settings of joint training: {string.Join("; ", faults.OfType<string>())}.");
    }
}
