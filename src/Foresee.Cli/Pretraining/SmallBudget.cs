using System.Globalization;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>Warns once of a budget in which hardly anything can be learnt, with its figures and one that would do.</summary>
/// <param name="images">Of the source.</param>
internal sealed class SmallBudget(TrainingOptions training, long images)
{
    private const int WarmUps = 10; // the learning rate has its full height for most of so many
    private bool told;

    /// <summary>Before training, where the number of steps is known then; null where nothing is to be said.</summary>
    public string? Warning() => training.Budget.Steps((int)images, training.BatchSize) is { } steps ? Warning(steps, null) : null;

    /// <param name="steps">Planned; 0 while that is not known.</param>
    /// <param name="seconds">Of one step; null for a budget that is no time.</param>
    public string? Warning(long steps, double? seconds)
    {
        if (told || steps == 0) return null;
        told = true; // later plans differ little
        var passes = (double)steps * training.BatchSize / images;
        var (few, cold) = (passes < 1, steps <= training.WarmUpSteps);
        if (!few && !cold) return null;
        var enough = Math.Max(few ? (long)Math.Ceiling((double)images / training.BatchSize) : 0, cold ? WarmUps * training.WarmUpSteps : 0);
        string[] faults = [
            .. few ? [string.Create(CultureInfo.InvariantCulture,
                $"{passes:0.###} passes over {images:N0} images, so {images - steps * training.BatchSize:N0} are never seen")] : Array.Empty<string>(),
            .. cold ? [$"no more than the {training.WarmUpSteps} steps in which the learning rate warms up"] : Array.Empty<string>(),
        ];
        return string.Create(CultureInfo.InvariantCulture, $"the budget is {steps:N0} {(steps == 1 ? "step" : "steps")} of {training.BatchSize} images: ")
            + $"{string.Join(", and ", faults)}; little is learnt. {Remedy(enough, seconds)}";
    }

    /// <summary>In the unit that was typed.</summary>
    private string Remedy(long steps, double? seconds)
    {
        FormattableString option = training.Budget switch
        {
            { Minutes: not null } => $"--minutes {Math.Ceiling(steps * (seconds ?? 0) / 60):0}",
            { Epochs: not null } => $"--epochs {Math.Ceiling(10.0 * steps * training.BatchSize / images) / 10:0.#}",
            _ => $"--images {steps * training.BatchSize}",
        };
        return FormattableString.Invariant($"Start a new run with {FormattableString.Invariant(option)} or more ({steps:N0} steps).");
    }
}
