using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Evaluation;

/// <summary>What is to be measured: every protocol on every amount of labels, on the same draws.</summary>
/// <param name="Encoder">Its name in the results, such as the recipe that it was pretrained by.</param>
/// <param name="Input">The form that images are read in.</param>
/// <param name="Threads">For jobs side by side, and where there are fewer jobs, inside them.</param>
/// <param name="Draws">Draws 0 to Draws - 1, counted from Seed.</param>
public sealed record EvaluationPlan(
    string Encoder, IReadOnlyList<IProtocol> Protocols, IReadOnlyList<LabelAmount> Amounts, InputFormat Input, int Threads, int Draws = 3,
    int Seed = 0)
{
    /// <summary>A fresh copy of the encoder, to change and dispose; for protocols that need one.</summary>
    public Func<TrainedEncoder>? NewEncoder { get; init; }

    /// <inheritdoc cref="EvaluationSetting.Pretraining"/>
    public PatchAugmentation? Pretraining { get; init; }

    /// <inheritdoc cref="EvaluationSetting.Compute"/>
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>The processes that share features and jobs, each with this plan; null for one.</summary>
    public ProcessGroup? Group { get; init; }

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        string?[] faults = [
            Protocols.Count == 0 ? $"at least one protocol is needed: {string.Join(", ", KnownProtocols.Names)}" : null,
            Amounts.Count == 0 ? "at least one amount of labels is needed, such as 10/class" : null,
            Draws < 1 ? $"draws must be 1 or more, got {Draws}" : null,
            Threads < 1 ? $"threads must be 1 or more, got {Threads}" : null,
            NewEncoder is null && Protocols.FirstOrDefault(p => p.NeedsEncoder) is { } needy
                ? $"{needy.Name} needs an encoder; name a run"
                : null,
        ];
        if (faults.Any(f => f is not null))
            throw new ArgumentException($"This evaluation can't run: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>Progress: what is being done and how much of it.</summary>
/// <param name="Work">Such as "features" or "supervised, 10/class, draw 1".</param>
public readonly record struct EvaluationProgress(string Work, int Done, int Of);
