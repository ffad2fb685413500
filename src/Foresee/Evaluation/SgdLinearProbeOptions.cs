using Foresee.Augmentation;

namespace Foresee.Evaluation;

/// <summary>
/// How a <see cref="SgdLinearProbe"/> learns: Adam, batches of 512 as in the paper; length and schedule are not known of it.
/// </summary>
/// <param name="Steps">Batches in all, if that is no less than <see cref="LeastEpochs"/>.</param>
/// <param name="BatchSize">At most the number of labels.</param>
/// <param name="LearningRate">At the start; it falls to 0 along a cosine. Null: 5e-4 on latents of 4096 values and more, as far as the
/// paper tells, and
/// 5e-3 on narrower ones, which learn within the few steps that suit few labels and few cores.</param>
public sealed record SgdLinearProbeOptions(int Steps = 200, int BatchSize = 512, double? LearningRate = null)
{
    /// <summary>Passes over the labelled images, instead of <see cref="Steps"/>; 0 for those.</summary>
    public double Epochs { get; init; }

    /// <summary>With very many labels <see cref="Steps"/> would not even see each of them; learning then lasts this many passes.</summary>
    public double LeastEpochs { get; init; } = 10;

    /// <summary>
    /// What is learnt from; its margin is the encoder's. Null: pretraining's own augmentation on wide latents, as in the paper; on narrower
    /// ones images are cropped and mirrored and patches left alone.
    /// </summary>
    public PatchAugmentation? Augmentation { get; init; }

    private const int Wide = 4096; // of the paper's latents

    /// <summary>With the options that were left open.</summary>
    internal SgdLinearProbeOptions Resolve(EvaluationSetting setting)
    {
        var wide = setting.Features >= Wide;
        return this with
        {
            LearningRate = LearningRate ?? (wide ? 5e-4 : 5e-3),
            Augmentation = Augmentation ?? (wide ? setting.Pretraining : null) ?? PatchAugmentation.None with { FlipImage = 0.5 },
        };
    }

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
        if (LearningRate is not (null or > 0)) faults.Add($"LearningRate must be above 0, got {LearningRate}");
        Augmentation?.Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Settings of the SGD linear probe: {string.Join("; ", faults)}.");
    }
}
