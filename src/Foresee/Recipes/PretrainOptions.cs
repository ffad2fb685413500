using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Starts;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>A whole pretraining run.</summary>
/// <param name="Recipe">The name it was made from; a checkpoint belongs to one recipe.</param>
/// <param name="Input">How images reach the network.</param>
public sealed record PretrainOptions(string Recipe, InputFormat Input, MethodOptions Method, TrainingOptions Training)
{
    /// <summary>Float32, or BFloat16 where the processor multiplies in it.</summary>
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>Weights that the encoder begins with; null for random ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public StartingPoint? Start { get; init; }

    /// <summary>What a recipe that looked at the images chose, and why; one sentence each.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <inheritdoc cref="DataProfile.Warnings"/>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Likewise of the recipe's own length; null where another was asked for.</summary>
    public string? BudgetReason { get; init; }

    /// <summary>
    /// How many threads share a step, 0 for those of the machine; a resumed run keeps them, for the order of its sums depends on it.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>With another length, seed and precision; a closed form has no steps to count and stays Float32.</summary>
    /// <param name="budget">Null for the recipe's.</param>
    public PretrainOptions Under(Budget? budget, int seed, DType compute) => this with
    {
        Compute = Method.IsClosedForm ? DType.Float32 : compute,
        BudgetReason = budget is null ? BudgetReason : null,
        Training = Training with { Budget = budget is null || Method.IsClosedForm ? Training.Budget : budget, Seed = seed },
    };

    /// <exception cref="ArgumentException">Names every fault.</exception>
    public PretrainOptions Validate()
    {
        var faults = new List<string>();
        Input.Validate(faults);
        if (faults.Count == 0) Method.Validate(Input, faults);
        if (faults.Count > 0) throw new ArgumentException($"{Method.Name}: {string.Join("; ", faults)}.");
        Training.Validate();
        return this;
    }

    /// <summary>
    /// What a reader of its numbers must know and can't guess, one sentence each: what is left out for these channels, how 16 bits become
    /// 8, what
    /// pictures show.
    /// </summary>
    public IReadOnlyList<string> Remarks()
    {
        var (channels, window) = (Input.Channels, Input.Window);
        string?[] remarks = [
            .. Method.Remarks(Input),
            window == LevelWindow.Whole
                ? null
                : $"16-bit files are read as 8 bits: values of {window} become 0 to "
                    + $"255{(window.Black.Count > 1 ? ", channel by channel" : "")}; 1 in 1,000 lies below and 1 in 1,000 above",
            channels is 1 or 3 ? null : $"pictures show {(Shown(channels) == 1 ? "the first" : "the first three")} of {channels} channels",
        ];
        return [.. remarks.OfType<string>()];
    }

    /// <summary>Of so many channels those that a picture shows, the first.</summary>
    internal static int Shown(int channels) => channels < 3 ? 1 : 3;

    /// <summary>Of single images.</summary>
    internal LoaderOptions Loading() => new()
    {
        BatchSize = Training.BatchSize,
        Seed = Training.Seed,
        Threads = Math.Max(1, Threads),
        Input = Input,
    };

    /// <summary>Of what the method learns from: images, or windows of clips, whose frames their source keeps.</summary>
    internal LoaderOptions LearningFrom() => Method.Frames == 1 ? Loading()
        : Loading() with { Input = Input with { Frames = Method.Frames, FrameStep = Method.FrameStep }, CacheBytes = 0 };
}
