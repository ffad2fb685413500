using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Methods.Cpc;

/// <summary>How several losses become one.</summary>
public enum TermReduction
{
    Sum,
    Mean,
}

/// <summary>One contrastive task: a direction and an offset.</summary>
/// <param name="Loss">Scalar, in nats.</param>
/// <param name="Accuracy">Scalar, top-1 in 0..1, without gradient.</param>
/// <param name="Candidates">Among which the true one is sought: the chance levels are ln(Candidates) and 1/Candidates.</param>
internal sealed record CpcTerm(Direction Direction, int Offset, Tensor Loss, Tensor Accuracy, long Candidates)
{
    /// <param name="first">Where the targets of this process's own images begin.</param>
    public static CpcTerm Of(Direction direction, Prediction prediction, Tensor targets, int groups, Arithmetic compute, long first = 0)
    {
        var labels = first == 0 ? prediction.Labels : prediction.Labels + first;
        var (loss, correct) = InfoNce.Compute(prediction.Values, targets, labels, groups, compute);
        return new(direction, prediction.Offset, loss, correct, targets.Size(0) / groups);
    }

    public static StepLoss Together(IReadOnlyList<CpcTerm> terms, TermReduction reduction)
    {
        var (sum, chance) = (Tensor.Stack([.. terms.Select(t => t.Loss)]).Sum(), terms.Sum(t => Math.Log(t.Candidates)));
        return new(reduction == TermReduction.Mean ? sum / terms.Count : sum, reduction == TermReduction.Mean
            ? chance / terms.Count
            : chance,
            [.. terms.SelectMany(t => t.Metrics())]);
    }

    private IEnumerable<Metric> Metrics()
    {
        var series = Direction.ToString().ToLowerInvariant();
        yield return new(Metric.Loss, Loss.Detach(), Math.Log(Candidates), series, Offset);
        yield return new(Metric.Accuracy, Accuracy, 1.0 / Candidates, series, Offset);
    }
}
