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

    /// <summary>Likewise of the recipe's own length; null where another was asked for.</summary>
    public string? BudgetReason { get; init; }

    /// <summary>How many threads share a step, 0 for the place's; a resumed run keeps them, for the order of its sums depends on it.</summary>
    public int Threads { get; init; }

    /// <exception cref="ArgumentException">Names every fault.</exception>
    public PretrainOptions Validate()
    {
        Method.Validate();
        Training.Validate();
        return this;
    }

    /// <summary>What a reader of its numbers must know and can't guess, one sentence each: what is left out for these channels, how 16 bits become 8, what pictures show.</summary>
    public IReadOnlyList<string> Remarks()
    {
        var (channels, augmentation, window) = (Method.Encoder.Channels, Method.Augmentation, Method.Window);
        var (without, several) = (augmentation.WithoutMeaning(channels), channels is not (1 or 3));
        string?[] remarks =
        [
            without.Count > 0 ? $"left out of the augmentation, without meaning for {channels} {(channels == 1 ? "channel" : "channels")}: {string.Join(", ", without)}" : null,
            several && augmentation.ColourDrop > 0 ? FormattableString.Invariant($"colour dropping: one of the {channels} channels, chosen at random, takes the place of all others in {100 * augmentation.ColourDrop:0.#} % of the patches") : null,
            window == LevelWindow.Whole ? null : $"16-bit files are read as 8 bits: values of {window} become 0 to 255{(window.Black.Count > 1 ? ", channel by channel" : "")}; 1 in 1,000 lies below and 1 in 1,000 above",
            several ? $"pictures show {(PretrainPictures.Shown(channels) == 1 ? "the first" : "the first three")} of {channels} channels" : null,
        ];
        return [.. remarks.OfType<string>()];
    }

    internal LoaderOptions Loading() => new()
    {
        BatchSize = Training.BatchSize,
        Seed = Training.Seed,
        Threads = Math.Max(1, Threads),
        Height = Method.Grid.Height + Method.Augmentation.Margin,
        Width = Method.Grid.Width + Method.Augmentation.Margin,
        Channels = Method.Encoder.Channels,
        Window = Method.Window,
        Small = Method.Small,
    };
}
