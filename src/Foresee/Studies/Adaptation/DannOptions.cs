namespace Foresee.Studies.Adaptation;

/// <summary>How a network learns source labels and, against a domain head, features that both domains share.</summary>
public sealed record DannOptions
{
    public int Steps { get; init; } = 1500;

    /// <summary>Images of each domain in a step.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>At the first step; see <see cref="RateAt"/>.</summary>
    public double LearningRate { get; init; } = 0.01;

    public double Momentum { get; init; } = 0.9;

    /// <summary>What λ comes near at the end; 0 leaves the target and the domain head out: learning from the source only.</summary>
    public double Reversal { get; init; } = 1;

    /// <summary>Hidden units of the domain head.</summary>
    public int DomainWidth { get; init; } = 100;

    /// <summary>λ = Reversal · (2 / (1 + e^{-10 p}) - 1): no pressure while the features tell nothing yet.</summary>
    /// <param name="progress">p, from 0 to 1.</param>
    public double LambdaAt(double progress) => Reversal * (2 / (1 + Math.Exp(-10 * progress)) - 1);

    /// <summary>μ = LearningRate / (1 + 10 p)^0.75</summary>
    /// <param name="progress">p, from 0 to 1.</param>
    public double RateAt(double progress) => LearningRate / Math.Pow(1 + 10 * progress, 0.75);

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        string?[] faults = [
            Steps >= 1 ? null : $"Steps must be 1 or more, got {Steps}",
            BatchSize >= 2 ? null : $"BatchSize must be 2 or more for batch norm, got {BatchSize}",
            LearningRate > 0 ? null : $"LearningRate must be above 0, got {LearningRate}",
            Momentum is >= 0 and < 1 ? null : $"Momentum must be from 0 to below 1, got {Momentum}",
            Reversal >= 0 ? null : $"Reversal must be 0 or more, got {Reversal}",
            DomainWidth >= 1 ? null : $"DomainWidth must be 1 or more, got {DomainWidth}",
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"DANN: {string.Join("; ", faults.OfType<string>())}.");
    }
}
