using Foresee.Images;

namespace Foresee.Studies.LayerTransfer;

/// <summary>What a network begins with that learns the classes of B, as Yosinski et al. 2014 name it.</summary>
public enum LayerTreatment
{
    /// <summary>Nothing: the network that the others are compared with.</summary>
    BaseB,
    /// <summary>The first n layers of a network on B, held; the rest new.</summary>
    BnB,
    /// <summary>The first n layers of a network on A, held; the rest new.</summary>
    AnB,
    /// <summary>As BnB, and all layers learn.</summary>
    BnBPlus,
    /// <summary>As AnB, and all layers learn.</summary>
    AnBPlus,
    /// <summary>No new network: a linear probe on the mean of the n-th map of the network on B.</summary>
    ProbeB,
    /// <summary>The same on the network on A.</summary>
    ProbeA,
}

/// <summary>Which halves of the classes, and how long each network learns.</summary>
public sealed record LayerTransferPlan
{
    /// <summary>Classes of A by name, the others are B; empty: a random half by the seed.</summary>
    public IReadOnlyList<string> First { get; init; } = [];

    public int Draws { get; init; } = 1;
    public int Seed { get; init; }

    /// <summary>Of each network, the same for all.</summary>
    public int Steps { get; init; } = 600;

    public int BatchSize { get; init; } = 64;
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>In results.</summary>
    public static string NameOf(LayerTreatment treatment) => treatment switch
    {
        LayerTreatment.BaseB => "base B",
        LayerTreatment.BnBPlus => "BnB+",
        LayerTreatment.AnBPlus => "AnB+",
        LayerTreatment.ProbeA => "probe A",
        LayerTreatment.ProbeB => "probe B",
        _ => treatment.ToString(),
    };

    /// <summary>In results: which split.</summary>
    public string SplitName => First.Count == 0 ? "random halves" : $"A is {string.Join(' ', First)}";

    /// <summary>Whether each class belongs to A.</summary>
    /// <exception cref="ImageDataException">A class is not there, or a side would have fewer than two.</exception>
    public bool[] InFirst(string[] classes, int seed)
    {
        if (First.FirstOrDefault(name => !classes.Contains(name)) is { } unknown)
            throw new ImageDataException($"There is no class '{unknown}'; the classes are {string.Join(", ", classes)}.");
        bool[] first = [.. classes.Select(First.Contains)];
        if (First.Count == 0)
            foreach (var c in new SeededOrder((ulong)seed).Permutation(classes.Length).Take(classes.Length / 2)) first[c] = true;
        var count = first.Count(one => one);
        return count >= 2 && classes.Length - count >= 2 ? first
            : throw new ImageDataException($"Both halves need two classes or more, got {count} of {classes.Length} in A; choose others.");
    }

    /// <exception cref="ArgumentException">Names the fault.</exception>
    public void Validate()
    {
        if (Draws < 1 || Steps < 10 || BatchSize < 2 || LearningRate <= 0)
            throw new ArgumentException($"A study of layers needs 1 or more draws, 10 or more steps, batches of 2 or more and a rate above 0; got "
                + $"{Draws}, {Steps}, {BatchSize} and {LearningRate}.");
    }
}
