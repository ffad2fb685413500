namespace Foresee.Evaluation;

/// <summary>
/// The supervised baseline, a network from pixels, and how it learns; what suits depends on the number of labels, see
/// <see cref="BaselineTuning"/>.
/// </summary>
/// <param name="Width">Channels of the first stage; each further stage has twice as many, up to 8 times.</param>
/// <param name="Depth">Convolutions per stage after the first, which has one.</param>
/// <param name="LearningRate">The peak of the one cycle.</param>
/// <param name="WeightDecay">Of AdamW, on convolution and head weights only.</param>
/// <param name="Steps">Batches in all, if those are no less than ten passes over the labelled images.</param>
/// <param name="BatchSize">At most the number of labels.</param>
public sealed record SupervisedBaselineOptions(int Width = 24, int Depth = 1, double LearningRate = 3e-3, double WeightDecay = 0.05,
    int Steps = 400,
    int BatchSize = 64, double Dropout = 0.3, double LabelSmoothing = 0.1)
{
    private const int LeastPasses = 10;

    public WholeImageAugmentation Augmentation { get; init; } = new();

    /// <inheritdoc cref="WholeImageAugmentation.For(bool)"/>
    internal SupervisedBaselineOptions For(bool upright) => this with { Augmentation = Augmentation.For(upright) };

    internal int StepsFor(int labels) => Math.Max(Steps, LeastPasses * labels / BatchSize);

    /// <summary>Of one batch, in proportion.</summary>
    internal double StepWork => (double)BatchSize * Width * Width * Depth;

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        string?[] faults = [
            Width < 1 ? $"Width must be 1 or more, got {Width}" : null,
            Depth < 1 ? $"Depth must be 1 or more, got {Depth}" : null,
            LearningRate <= 0 ? $"LearningRate must be above 0, got {LearningRate}" : null,
            WeightDecay < 0 ? $"WeightDecay must not be negative, got {WeightDecay}" : null,
            Steps < 10 ? $"Steps must be 10 or more for a cycle, got {Steps}" : null,
            BatchSize < 2 ? $"BatchSize must be 2 or more for batch norm, got {BatchSize}" : null,
            Dropout is < 0 or >= 1 ? $"Dropout must be from 0 to below 1, got {Dropout}" : null,
            LabelSmoothing is < 0 or >= 1 ? $"LabelSmoothing must be from 0 to below 1, got {LabelSmoothing}" : null,
        ];
        if (faults.Any(f => f is not null))
            throw new ArgumentException($"Settings of the supervised baseline: {string.Join("; ", faults.OfType<string>())}.");
    }
}
