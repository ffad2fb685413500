namespace Foresee.Studies.Adaptation;

/// <summary>How source points are carried to target points.</summary>
/// <param name="Entropy">ε, a share of the largest cost: small ones carry each point to few others, and take more iterations.</param>
/// <param name="ClassWeight">η, a share of the largest cost: how dear it is that a target point is fed by several classes. 0 for plain
/// transport.</param>
public sealed record TransportOptions(double Entropy = 0.05, double ClassWeight = 0.1)
{
    /// <summary>Points of each domain that are carried at most; further source points take the shift of the nearest of these.</summary>
    public int Points { get; init; } = 2000;

    /// <summary>Solutions in all where η is above 0, each with the class costs of the one before.</summary>
    public int ClassRounds { get; init; } = 10;

    public int Iterations { get; init; } = 2000;

    /// <summary>Largest sum of what columns lack, of a mass of 1.</summary>
    public double Tolerance { get; init; } = 1e-9;

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        string?[] faults = [
            Entropy > 0 ? null : $"Entropy must be above 0, got {Entropy}",
            ClassWeight >= 0 ? null : $"ClassWeight must be 0 or more, got {ClassWeight}",
            Points >= 2 ? null : $"Points must be 2 or more, got {Points}",
            ClassRounds >= 1 ? null : $"ClassRounds must be 1 or more, got {ClassRounds}",
            Iterations >= 1 ? null : $"Iterations must be 1 or more, got {Iterations}",
            Tolerance > 0 ? null : $"Tolerance must be above 0, got {Tolerance}",
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"Optimal transport: {string.Join("; ", faults.OfType<string>())}.");
    }
}
