using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;

namespace Foresee.Training;

/// <summary>A <see cref="Metric"/> as a number.</summary>
public sealed record MetricValue(string Name, double Value, double? ChanceLevel, string? Series, int Offset);

/// <summary>A <see cref="StepLoss"/> as numbers.</summary>
internal sealed record StepValues(double Total, double? ChanceLevel, IReadOnlyList<MetricValue> Metrics)
{
    public static StepValues Of(StepLoss loss, bool metrics) => new(loss.Total.ToDouble(), loss.ChanceLevel, !metrics ? []
        : [.. loss.Metrics.Select(m => new MetricValue(m.Name, m.Value.ToDouble(), m.ChanceLevel, m.Series, m.Offset))]);

    public StepValues Plus(StepValues other) => this with
    {
        Total = Total + other.Total,
        Metrics = [.. Metrics.Zip(other.Metrics, (a, b) => a with { Value = a.Value + b.Value })],
    };

    /// <summary>The means over all ranks; exchanges one number for each.</summary>
    public StepValues Mean(ProcessGroup group)
    {
        using var scope = TensorScope.Begin();
        var sum = Tensor.From<double>([Total, .. Metrics.Select(metric => metric.Value)]);
        group.Sum(sum);
        var means = sum.Div_(group.Ranks).ToArray<double>();
        return this with { Total = means[0], Metrics = [.. Metrics.Select((metric, m) => metric with { Value = means[m + 1] })] };
    }

    public StepValues Divided(int count) => count == 1 ? this
        : this with { Total = Total / count, Metrics = [.. Metrics.Select(m => m with { Value = m.Value / count })] };
}
