using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Studies;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Fitting;

/// <summary>What a fit tries, and how long.</summary>
/// <param name="Starts">Encoders to build on; the supervised baseline among them.</param>
/// <param name="Recipe">Says how the images are read, and how methods among the starts are trained.</param>
public sealed record FitOptions(IReadOnlyList<ComparedStart> Starts, Recipe Recipe)
{
    /// <summary>Wall time of everything; null: all is tried to its end, and methods with steps take <see cref="Pretraining"/>.</summary>
    public double? Minutes { get; init; }

    /// <summary>Of methods with steps; null: what <see cref="Minutes"/> leaves, or the recipe's own length.</summary>
    public Budget? Pretraining { get; init; }

    /// <summary>Of folds, pretraining and every fit.</summary>
    public int Seed { get; init; }

    public required int Threads { get; init; }
    public required Device Device { get; init; }

    /// <summary>What products of networks that are trained are computed in.</summary>
    public DType Compute { get; init; } = DType.Float32;

    public int Folds { get; init; } = Fitting.Folds.Most;

    /// <summary>Unlabelled images that protocols learn from, at most; fewer where the time is short.</summary>
    public int Unlabelled { get; init; } = 10_000;

    /// <summary>Training images that a prediction can be compared with, labelled ones first.</summary>
    public int References { get; init; } = 5000;

    /// <summary>Tried on every encoder that they suit.</summary>
    public IReadOnlyList<IProtocol> Protocols { get; init; } = Candidates.Protocols;

    /// <summary>Settings of the supervised baseline; null: those found on a data set of as many channels.</summary>
    public TunedBaseline? Tuned { get; init; }

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public FitOptions Validate()
    {
        Pretraining?.Validate();
        var twice = Starts.GroupBy(start => start.Name).FirstOrDefault(same => same.Count() > 1)?.Key;
        string?[] faults = [
            Starts.Count == 0 ? "at least one start is needed" : null,
            twice is null ? null : $"the start {twice} stands there twice",
            Minutes is <= 0 ? $"the minutes must be above 0, got {Minutes}" : null,
            Threads < 1 ? $"threads must be 1 or more, got {Threads}" : null,
            Folds < 2 ? $"folds must be 2 or more, got {Folds}" : null,
            Unlabelled < 2 || References < 1 ? $"unlabelled images must be 2 or more and references 1 or more, got {Unlabelled} and "
                + $"{References}" : null,
        ];
        return faults.All(fault => fault is null) ? this
            : throw new ArgumentException($"This fit can't run: {string.Join("; ", faults.OfType<string>())}.");
    }
}

/// <summary>Where and on what a fit runs.</summary>
/// <param name="Images">Without labels; labelled images may be among them.</param>
/// <param name="Labelled">A few of the kind, each with its class.</param>
/// <param name="Folder">Receives the model, and beside it work/ with all that a later call goes on from.</param>
/// <param name="Command">As typed, for the record.</param>
/// <param name="Commit">Of the program, or null.</param>
/// <param name="Blas">Name of the BLAS in use, for the record.</param>
public sealed record FitContext(IImageSource Images, LabelledImages Labelled, string Folder, string Command, string? Commit, string Blas)
{
    /// <summary>What went wrong, for a reader of the table.</summary>
    public Func<Exception, string> InWords { get; init; } = error => error.Message;

    /// <summary>Seconds of this process before the fit began, which count.</summary>
    public double Before { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal string Work(params string[] names) => Path.Combine([Folder, "work", .. names]);
}
