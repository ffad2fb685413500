using Foresee.Evaluation;

namespace Foresee.Studies.Adaptation;

/// <summary>How labels of one place become a classifier for another.</summary>
public enum AdaptationMethod
{
    /// <summary>The classifier of the source as it is: what the others have to be better than.</summary>
    SourceOnly,
    OptimalTransport,
    Dann,
}

/// <summary>What an adaptation tries.</summary>
/// <param name="Methods">Each once a draw.</param>
public sealed record AdaptationPlan(IReadOnlyList<AdaptationMethod> Methods)
{
    /// <summary>Seeds of learning, from <see cref="Seed"/> on.</summary>
    public int Draws { get; init; } = 3;

    public int Seed { get; init; }

    /// <summary>Images of each domain that are learnt from at most, evenly taken.</summary>
    public int Images { get; init; } = 10_000;

    public DannOptions Dann { get; init; } = new();
    public TransportOptions Transport { get; init; } = new();
    public GridPooling Pooling { get; init; } = GridPooling.One;
    public int Threads { get; init; } = 1;

    /// <summary>In results and on the command line.</summary>
    public static string NameOf(AdaptationMethod method) => method switch
    {
        AdaptationMethod.OptimalTransport => "ot",
        AdaptationMethod.Dann => "dann",
        _ => "source-only",
    };
}
