using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Training;

namespace Foresee.Studies;

/// <summary>Which starts are compared, under what.</summary>
/// <param name="Recipe">Says how the images are read; methods take their settings from it or have their own.</param>
/// <param name="Input">The form in which the supervised baseline sees the images, that of the recipe.</param>
/// <param name="Budget">Of the pretraining of each start that has steps.</param>
public sealed record StartStudyPlan(IReadOnlyList<ComparedStart> Starts, Recipe Recipe, InputFormat Input, Budget Budget,
    IReadOnlyList<LabelAmount> Amounts)
{
    public int Draws { get; init; } = 3;

    /// <summary>Of every pretraining.</summary>
    public int Seed { get; init; }

    public required int Threads { get; init; }
    public required Device Device { get; init; }

    /// <summary>The processes that share the starts, each with this plan and in the same folder; null for one.</summary>
    public ProcessGroup? Group { get; init; }

    /// <summary>What products of networks that are trained are computed in.</summary>
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>Tried on every encoder; the one to compare by is chosen among them.</summary>
    public IReadOnlyList<IProtocol> Protocols { get; init; } = [new Linear(), new SelfTrained(), new FineTuned()];

    /// <summary>
    /// Fine-tuning is measured where all its fits of a start are estimated to take no longer; null: as long as a budget in minutes, else
    /// 5 minutes.
    /// </summary>
    public double? FineTuneMinutes { get; init; }

    /// <summary>Settings of the supervised baseline; null: those found on a data set of as many channels.</summary>
    public TunedBaseline? Tuned { get; init; }

    internal double FineTuneSeconds => 60 * (FineTuneMinutes ?? Budget.Minutes ?? 5);

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public StartStudyPlan Validate()
    {
        Budget.Validate();
        var twice = Starts.GroupBy(start => start.Name).FirstOrDefault(same => same.Count() > 1)?.Key;
        var other = Protocols.FirstOrDefault(protocol => !protocol.NeedsEncoder);
        string?[] faults = [
            Starts.Count == 0 ? "at least one start is needed" : null,
            twice is null ? null : $"the start {twice} stands there twice",
            Protocols.Count == 0 ? "at least one protocol is needed" : null,
            other is null ? null : $"{other.Name} uses no encoder, so it compares none",
            Amounts.Count == 0 ? "at least one amount of labels is needed, such as 10/class" : null,
            Draws < 1 || Threads < 1 ? $"draws and threads must be 1 or more, got {Draws} and {Threads}" : null,
        ];
        return faults.All(fault => fault is null) ? this
            : throw new ArgumentException($"This comparison can't run: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>Where and on what a comparison runs.</summary>
/// <param name="Images">To pretrain on, without labels.</param>
/// <param name="Data">To draw labels from and to measure on; all of them can be read.</param>
/// <param name="Folder">Receives a folder for each start, compare.json and comparison.csv.</param>
/// <param name="Command">As typed, for the record.</param>
/// <param name="Commit">Of the program, or null.</param>
/// <param name="Blas">Name of the BLAS in use, for the record.</param>
public sealed record StudyContext(IImageSource Images, LabelledSplits Data, string Folder, string Command, string? Commit, string Blas)
{
    /// <summary>What went wrong, for a reader of the table.</summary>
    public Func<Exception, string> InWords { get; init; } = error => error.Message;

    internal string In(params string[] names) => Path.Combine([Folder, .. names]);
}
