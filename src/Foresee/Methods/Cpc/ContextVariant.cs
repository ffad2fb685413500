namespace Foresee.Methods.Cpc;

/// <summary>Where the residual blocks of a context are followed by a ReLU.</summary>
public enum ContextActivation
{
    /// <summary>Once, after the last block, as the paper's pseudo-code stands.</summary>
    AfterLast,

    /// <summary>After each block, as some read it.</summary>
    AfterEach,
}

/// <summary>What the blocks of a context learn.</summary>
public enum ContextWeights
{
    /// <summary>Each block its own, the usual meaning of a residual network.</summary>
    Own,

    /// <summary>One block, passed through again and again.</summary>
    Shared,
}

/// <summary>
/// The readings that the paper's pseudo-code leaves open (Hénaff et al. 2020, appendix A.2); the defaults are the likeliest ones.
/// </summary>
public sealed record ContextVariant(ContextActivation Activation = ContextActivation.AfterLast,
    ContextWeights Weights = ContextWeights.Own);
