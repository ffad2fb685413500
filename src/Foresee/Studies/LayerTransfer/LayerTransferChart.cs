using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Studies.LayerTransfer;

/// <summary>The published figure: accuracy on B over the number of layers that were taken, a line for each treatment.</summary>
public static class LayerTransferChart
{
    public const string FileName = "layers.svg";

    public static void Write(string path, IReadOnlyList<EvaluationResult> rows) => LinesPlot.Write(path,
        $"How general is each layer? {rows[0].Data}, {rows[0].Encoder}", "Top-1 accuracy on the classes of B, %; whiskers: 95 % intervals over draws",
        Of(rows));

    /// <param name="rows">Of one split.</param>
    public static Chart Of(IReadOnlyList<EvaluationResult> rows)
    {
        Interval At(LayerTreatment treatment, int layers) => Statistics.Confidence([.. rows.Where(row =>
            row.Protocol == $"{LayerTransferPlan.NameOf(treatment)}{(layers == 0 ? "" : $", {layers}")}").Select(row => row.Value)]);
        return new("layers taken (of 6, from the pixels)", "top-1 accuracy, %", [.. LayerTransferStudy.Measurements()
            .Where(one => one.Layers > 0).GroupBy(one => one.Treatment).Select(group => new ChartSeries(LayerTransferPlan.NameOf(group.Key),
                [.. group.Select(one => (one.Layers, Found: At(group.Key, one.Layers)))
                    .Select(one => new ChartPoint(one.Layers, one.Found.Mean, one.Found.Low, one.Found.High))]))])
        {
            Level = At(LayerTreatment.BaseB, 0).Mean,
            LevelName = "base B",
        };
    }
}
