using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>
/// The fields of ablation --json: one entry per step and amount of labels; accuracies in per cent, gains in points over the step before,
/// paired over draws.
/// </summary>
internal sealed record AblationFields(string Run, string Data, IReadOnlyList<AblationPointFields> Steps, string Report, long PeakMemoryMib)
{
    public static AblationFields Of(string folder, AblationComparison ablation, string report) => new(folder, ablation.Data,
        [.. ablation.Steps.SelectMany(step => step.Points.Select(point => AblationPointFields.Of(step, point)))], report,
            PeakMemory.Mebibytes());
}

/// <param name="Gain">Null for the first step; its interval is null from one draw, too.</param>
internal sealed record AblationPointFields(string Step, string Change, string Labels, int Draws, double Mean, double? Low, double? High,
    double? Gain, double? GainLow, double? GainHigh, long Images, double Seconds)
{
    public static AblationPointFields Of(AblationRow step, AblationPoint point) => new(step.Name, step.Change, point.Labels, point.Draws,
        point.Top1.Mean, point.Top1.Low, point.Top1.High, point.Gain?.Mean, point.Gain?.Low, point.Gain?.High, step.Images, step.Seconds);
}
