using Foresee.Evaluation;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Runs;
using Foresee.Training;

namespace Foresee.Studies;

/// <summary>How far a comparison is.</summary>
/// <param name="Number">Of the start that begins, from 1 on.</param>
/// <param name="Left">For it and all that come after it, estimated; null while nothing tells.</param>
public sealed record StudyProgress(string Name, int Number, int Of, TimeSpan? Left);

/// <summary>Whoever shows a comparison; each member by itself shows nothing.</summary>
public interface IStudyView
{
    void Begins(StudyProgress progress) { }

    /// <summary>A sentence for whoever waits.</summary>
    void Tell(string sentence) { }

    /// <summary>Does the work, which reports the steps that it logs and what is being done.</summary>
    /// <param name="options">Of a new run; null where the run of the folder goes on.</param>
    PretrainResult Pretraining(PretrainOptions? options, string folder, Func<Action<StepRecord>, Action<string>, PretrainResult> work) =>
        work(_ => { }, _ => { });

    /// <summary>Does the work, which reports how far it is.</summary>
    IReadOnlyList<EvaluationResult> Evaluating(Func<Action<EvaluationProgress>, IReadOnlyList<EvaluationResult>> work) => work(_ => { });

    /// <summary>A result that was not there before; on any thread.</summary>
    void Measured(EvaluationResult row) { }

    void Ends(StartMeasurement start) { }
}
