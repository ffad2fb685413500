namespace Foresee.Torch.Optimisers;

/// <summary>Turns gradients into changes of the parameters it was made for.</summary>
public interface IOptimiser : IDisposable
{
    double LearningRate { get; set; }

    /// <summary>Frees the gradients; the next Backward makes new ones.</summary>
    void ZeroGrad();

    /// <summary>One update. Parameters without a gradient stay as they are.</summary>
    void Step();

    /// <summary>What a continued run needs besides the parameters: the live tensors and step counts, by name.</summary>
    IReadOnlyDictionary<string, Tensor> State();

    /// <summary>Copies a saved state in; names and shapes must fit.</summary>
    void Load(IReadOnlyDictionary<string, Tensor> state);
}
