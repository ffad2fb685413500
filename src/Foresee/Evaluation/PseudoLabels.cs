using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>How a network learns from its own predictions of unlabelled images.</summary>
/// <param name="Images">Unlabelled images, evenly taken.</param>
/// <param name="Predictions">Times that the network predicts them in the one cycle, evenly; the first before it.</param>
/// <param name="Sharpening">p: predictions are raised to this power, 1 leaves them as they are.</param>
/// <param name="BatchSize">Unlabelled images beside a batch of labelled ones.</param>
/// <param name="Weight">Of their loss; 1 counts a certain one as much as a labelled one.</param>
public sealed record PseudoLabelOptions(int Images = 10_000, int Predictions = 8, double Sharpening = 2, int BatchSize = 96,
    double Weight = 1)
{
    /// <summary>Of the probe that the head begins as.</summary>
    public SelfTrainingOptions Probe { get; init; } = new();

    public void Validate()
    {
        Probe.Validate();
        string?[] faults = [
            Images < 2 ? $"Images must be 2 or more, got {Images}" : null,
            Predictions < 1 ? $"Predictions must be 1 or more, got {Predictions}" : null,
            Sharpening < 1 ? $"Sharpening must be 1 or more, got {Sharpening}" : null,
            BatchSize < 1 ? $"BatchSize must be 1 or more, got {BatchSize}" : null,
            Weight <= 0 ? $"Weight must be above 0, got {Weight}" : null,
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"Settings of pseudo-labels: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>
/// Unlabelled images with what a network says of them, sharpened and shared out among the classes as <see cref="SelfTrainedProbe"/> does;
/// an image counts as it is certain. Predictions are of the images as they are, the network learns them from changed images (Sohn et al.,
/// FixMatch, NeurIPS 2020).
/// </summary>
internal sealed class PseudoLabels : IDisposable
{
    private readonly Tensor images; // uint8 [N, C, H, W]
    private readonly PseudoLabelOptions options;
    private readonly IEnumerator<long[]> batches;
    private Tensor? targets, certainty; // [N, C], [N]

    public PseudoLabels(Tensor images, PseudoLabelOptions options, Generator generator)
    {
        options.Validate();
        (this.images, this.options) = (images, options);
        batches = ShuffledBatches.Endless((int)images.Size(0), options.BatchSize, generator).GetEnumerator();
    }

    public Tensor Images => images;

    /// <summary>Predicts all images anew.</summary>
    public void Predict(GridNetwork network)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var fresh = SelfTrainedProbe.Targets(network.Probabilities(images), options.Sharpening);
        Forget();
        (targets, certainty) = (TensorScope.Detach(fresh), TensorScope.Detach(SelfTrainedProbe.Certainty(fresh)));
    }

    /// <summary>The next batch's places.</summary>
    public Tensor Next()
    {
        batches.MoveNext();
        return Tensor.From(batches.Current);
    }

    /// <param name="logits">[B, C] of the images at these places</param>
    public Tensor Loss(Tensor logits, Tensor places)
    {
        var (q, weight) = (targets!.IndexSelect(0, places), certainty!.IndexSelect(0, places));
        return -(q * weight.Unsqueeze(1) * logits.To(DType.Float32).LogSoftmax(1)).Sum() / places.Size(0) * options.Weight;
    }

    public void Dispose()
    {
        batches.Dispose();
        Forget();
    }

    private void Forget()
    {
        targets?.Dispose();
        certainty?.Dispose();
    }
}
