using Foresee.Recipes;
using Foresee.Runs;
using Foresee.Training;

namespace Foresee.Fitting;

/// <summary>How far a fit is.</summary>
/// <param name="Work">In words.</param>
/// <param name="Left">Seconds of the budget; null without one.</param>
/// <param name="Standings">The best first; empty while nothing is scored.</param>
public sealed record FitProgressReport(string Work, double Done, double Of, double? Left, IReadOnlyList<Standing> Standings);

/// <summary>Whoever shows a fit; each member by itself shows nothing. Any thread may call.</summary>
public interface IFitView
{
    /// <summary>A sentence that stays.</summary>
    void Tell(string sentence) { }

    /// <summary>A sentence that a user must see.</summary>
    void Warn(string sentence) { }

    void Progress(FitProgressReport report) { }

    /// <summary>A fold that was not there before.</summary>
    /// <param name="accuracy">Per cent of its held-out images.</param>
    void Scored(FoldScore fold, int of, double accuracy) { }

    /// <summary>Does the work, which reports the steps that it logs and what is being done.</summary>
    /// <param name="options">Of a new run; null where the run of the folder goes on.</param>
    PretrainResult Pretraining(PretrainOptions? options, string folder, Func<Action<StepRecord>, Action<string>, PretrainResult> work) =>
        work(_ => { }, _ => { });
}
