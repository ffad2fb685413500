namespace Foresee.Studies.MultiTask;

/// <summary>How the losses of several tasks become one.</summary>
public enum TaskWeighting
{
    /// <summary>Not at all: a network of its own for each task.</summary>
    Single,
    /// <summary>Their sum: the hard baseline.</summary>
    Equal,
    /// <summary>By <see cref="UncertaintyWeights"/>.</summary>
    Uncertainty,
}

/// <summary>How long each network learns.</summary>
public sealed record MultiTaskPlan
{
    public int Draws { get; init; } = 1;
    public int Seed { get; init; }
    public int Steps { get; init; } = 600;
    public int BatchSize { get; init; } = 64;
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Images that are learnt from at most, evenly taken.</summary>
    public int Images { get; init; } = 10_000;

    /// <exception cref="ArgumentException">Names the fault.</exception>
    public void Validate()
    {
        if (Draws < 1 || Steps < 10 || BatchSize < 2 || LearningRate <= 0 || Images < 2)
            throw new ArgumentException("Learning several tasks needs 1 or more draws, 10 or more steps, batches and images of 2 or more and a rate "
                + $"above 0; got {Draws}, {Steps}, {BatchSize}, {Images} and {LearningRate}.");
    }
}
