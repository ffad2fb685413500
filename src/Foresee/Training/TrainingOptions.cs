using Foresee.Torch.Optimisers;

namespace Foresee.Training;

/// <summary>The training protocol: everything but the method and the images.</summary>
public sealed record TrainingOptions
{
    public required Budget Budget { get; init; }

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Images that pass through the network at once on each thread, where memory does not hold the activations of more: their gradients are
    /// added up to those of
    /// the batch. A multiple of the method's parts (for CPC its CandidateImages), so that the result is the same; 0 for no limit.
    /// </summary>
    public int AccumulateImages { get; init; }

    /// <summary>What moves the weights; its rate rises during the warm-up, then falls along a cosine.</summary>
    public OptimiserOptions Optimiser { get; init; } = new(OptimiserKind.AdamW, 1e-3);

    /// <summary>
    /// Where the cosine ends, as a share of the learning rate; 1 for a constant one. The paper names a rate and no schedule.
    /// </summary>
    public double FinalRate { get; init; }

    /// <summary>Steps of linear warm-up.</summary>
    public int WarmUpSteps { get; init; } = 100;

    /// <summary>Largest norm of the whole gradient; 0 for no limit.</summary>
    public double MaximumGradientNorm { get; init; }

    /// <summary>Decay of the Polyak average that becomes the encoder; 0 for the last weights themselves.</summary>
    public double AverageDecay { get; init; }

    /// <summary>Orders the images, initialises the weights and draws the augmentation.</summary>
    public int Seed { get; init; }

    /// <summary>Steps from one logged step to the next.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Steps from one look at the encoder (effective rank, labelled probe images) to the next: a multiple of LogEvery.</summary>
    public int ProbeEvery { get; init; } = 500;

    /// <summary>Seconds from one checkpoint to the next; one is always written at the end.</summary>
    public double CheckpointSeconds { get; init; } = 60;

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public TrainingOptions Validate()
    {
        Budget.Validate();
        var faults = new List<string>();
        if (BatchSize < 2) faults.Add($"a batch needs at least 2 images, got {BatchSize}");
        if (AccumulateImages < 0) faults.Add($"accumulate images must be 0 (no limit) or more, got {AccumulateImages}");
        Optimiser.Validate(faults);
        if (FinalRate is not (>= 0 and <= 1)) faults.Add($"the final rate must lie in 0..1, a share of the learning rate, got {FinalRate}");
        if (AverageDecay is not (>= 0 and < 1)) faults.Add($"average decay must lie in 0..1 without 1, got {AverageDecay}");
        if (MaximumGradientNorm < 0) faults.Add($"the gradient norm limit must be 0 (none) or more, got {MaximumGradientNorm}");
        if (WarmUpSteps < 0 || LogEvery < 1 || CheckpointSeconds < 0)
            faults.Add("warm-up steps must be 0 or more, log every 1 or more, checkpoint seconds 0 or more");
        else if (ProbeEvery < 1 || ProbeEvery % LogEvery != 0)
            faults.Add($"probe every must be a multiple of log every, {LogEvery}, got {ProbeEvery}");
        if (Budget.Minutes is not null && WarmUpSteps < Budget.SpeedSteps)
            faults.Add($"a budget in minutes needs a warm-up of at least {Budget.SpeedSteps} steps, got {WarmUpSteps}");
        return faults.Count == 0 ? this : throw new ArgumentException($"Training: {string.Join("; ", faults)}.");
    }
}
