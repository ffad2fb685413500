using Foresee.Augmentation;

namespace Foresee.Evaluation;

/// <summary>How a <see cref="StreamedProbe"/> learns. Adam, 5e-4 and 512 are the paper's as far as they are known; length and schedule are not.</summary>
/// <param name="Steps">Batches in all, if that is no less than <see cref="LeastEpochs"/>.</param>
/// <param name="BatchSize">At most the number of labels.</param>
/// <param name="LearningRate">At the start; it falls to 0 along a cosine.</param>
public sealed record StreamedProbeOptions(int Steps = 1000, int BatchSize = 512, double LearningRate = 5e-4)
{
    /// <summary>Passes over the labelled images, instead of <see cref="Steps"/>; 0 for those.</summary>
    public double Epochs { get; init; }

    /// <summary>With very many labels <see cref="Steps"/> would not even see each of them; learning then lasts this many passes.</summary>
    public double LeastEpochs { get; init; } = 10;

    /// <summary>What is learnt from; its margin is the encoder's. By default images are cropped and mirrored and patches left alone; the paper's likeliest reading is pretraining's own.</summary>
    public PatchAugmentation Augmentation { get; init; } = PatchAugmentation.None with { FlipImage = 0.5 };

    internal int StepsFor(int labels)
    {
        int Passes(double epochs) => Math.Max(1, (int)Math.Ceiling(epochs * labels / Math.Min(BatchSize, labels)));
        return Epochs > 0 ? Passes(Epochs) : Math.Max(Steps, Passes(LeastEpochs));
    }

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Steps < 1) faults.Add($"Steps must be 1 or more, got {Steps}");
        if (!(Epochs >= 0)) faults.Add($"Epochs must be 0 (as many as Steps) or above, got {Epochs}");
        if (!(LeastEpochs >= 0)) faults.Add($"LeastEpochs must be 0 or above, got {LeastEpochs}");
        if (BatchSize < 2) faults.Add($"BatchSize must be 2 or more for batch norm, got {BatchSize}");
        if (!(LearningRate > 0)) faults.Add($"LearningRate must be above 0, got {LearningRate}");
        Augmentation.Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Settings of the streamed probe: {string.Join("; ", faults)}.");
    }
}
