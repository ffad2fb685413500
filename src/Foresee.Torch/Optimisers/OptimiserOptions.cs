using System.Text.Json.Serialization;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Optimisers;

[JsonConverter(typeof(JsonStringEnumConverter<OptimiserKind>))]
public enum OptimiserKind
{
    /// <summary>Gradient descent with momentum, <see cref="Torch.Optimisers.Sgd"/>.</summary>
    Sgd,
    Adam,
    AdamW,

    /// <summary>Layer-wise adaptive rates for large batches, <see cref="Torch.Optimisers.Lars"/>.</summary>
    Lars,
}

/// <summary>Which optimiser, and its settings; what a kind does not know has no effect on it.</summary>
/// <param name="LearningRate">Its highest, at the end of the warm-up.</param>
public sealed record OptimiserOptions(OptimiserKind Kind, double LearningRate)
{
    /// <summary>Of Sgd and Lars; 0 for none.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Of Sgd: Nesterov's form.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Decay of Adam's and AdamW's first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's and AdamW's second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>0 for none. AdamW's is decoupled; Lars leaves biases and norms alone.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Of Lars: η, the share of a layer's length that a step may move it.</summary>
    public double Trust { get; init; } = 0.001;

    public IOptimiser Build(IEnumerable<NamedTensor> parameters) => Kind switch
    {
        OptimiserKind.Sgd => new Sgd(parameters, LearningRate, Momentum, Nesterov, WeightDecay),
        OptimiserKind.Adam => new Adam(parameters, LearningRate, Beta1, Beta2, weightDecay: WeightDecay),
        OptimiserKind.AdamW => new AdamW(parameters, LearningRate, Beta1, Beta2, weightDecay: WeightDecay),
        OptimiserKind.Lars => new Lars(parameters, LearningRate, Momentum, WeightDecay, Trust),
        _ => throw new ArgumentException($"There is no optimiser {Kind}; choose {string.Join(", ", Enum.GetNames<OptimiserKind>())}."),
    };

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate))
            faults.Add($"the learning rate must be a number above 0, got {LearningRate}");
        foreach (var (name, value) in new[] { ("momentum", Momentum), ("beta1", Beta1), ("beta2", Beta2) })
            if (value is not (>= 0 and < 1)) faults.Add($"{name} must lie in 0..1 without 1, got {value}");
        if (!(WeightDecay >= 0)) faults.Add($"weight decay must be 0 or more, got {WeightDecay}");
        if (!(Trust > 0)) faults.Add($"trust must be above 0, got {Trust}");
        if (Nesterov && Momentum == 0) faults.Add("Nesterov's form needs a momentum above 0, got 0");
    }
}
