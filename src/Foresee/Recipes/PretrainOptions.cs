using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>A whole pretraining run.</summary>
/// <param name="Recipe">The name it was made from; a checkpoint belongs to one recipe.</param>
public sealed record PretrainOptions(string Recipe, IMethodOptions Method, TrainingOptions Training)
{
    /// <summary>Float32, or BFloat16 where the processor multiplies in it.</summary>
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>What a recipe that looked at the images chose, and why; one sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>How many threads share a step, 0 for the place's; a resumed run keeps them, for the order of its sums depends on it.</summary>
    public int Threads { get; init; }

    /// <exception cref="ArgumentException">Names every fault.</exception>
    public PretrainOptions Validate()
    {
        Method.Validate();
        Training.Validate();
        return this;
    }

    internal LoaderOptions Loading() => new()
    {
        BatchSize = Training.BatchSize,
        Seed = Training.Seed,
        Threads = Math.Max(1, Threads),
        Height = Method.Grid.Height + Method.Augmentation.Margin,
        Width = Method.Grid.Width + Method.Augmentation.Margin,
        Channels = Method.Encoder.Channels,
        Small = Method.Small,
    };
}
