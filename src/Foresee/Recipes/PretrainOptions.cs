using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>A whole pretraining run.</summary>
/// <param name="Recipe">The name it was made from; a checkpoint belongs to one recipe.</param>
public sealed record PretrainOptions(string Recipe, CpcV2Options Method, TrainingOptions Training)
{
    /// <summary>Float32, or BFloat16 where the processor multiplies in it.</summary>
    public DType Compute { get; init; } = DType.Float32;

    /// <exception cref="ArgumentException">Names every fault.</exception>
    public PretrainOptions Validate()
    {
        Method.Validate();
        Training.Validate();
        return this;
    }

    internal LoaderOptions Loading(int threads) => new()
    {
        BatchSize = Training.BatchSize,
        Seed = Training.Seed,
        Threads = threads,
        Height = Method.Grid.Height,
        Width = Method.Grid.Width,
        Channels = Method.Encoder.Channels,
    };
}
