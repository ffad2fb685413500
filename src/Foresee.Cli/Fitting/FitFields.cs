using Foresee.Fitting;

namespace Foresee.Cli;

/// <summary>The fields of fit --json; accuracies in per cent with 95 % intervals, seconds over all starts of the line.</summary>
internal sealed record FitFields(string Model, string Start, string Protocol, double? Accuracy, double? Low, double? High, int Images,
    string How, string Reason, double Temperature, IReadOnlyList<string> Classes, int Labels, int References, double Seconds,
    IReadOnlyList<TriedFields> Tried, IReadOnlyList<LeftOut> LeftOut, string? Report)
{
    public static FitFields Of(string folder, FitResult model, string? report) => new(folder, model.Chosen.Start,
        model.Chosen.Protocol.Name, model.Accuracy?.Mean, model.Accuracy?.Low, model.Accuracy?.High, model.Held?.Labels.Length ?? 0,
        model.How, model.Reason, model.Temperature, model.Classifier.Classes, model.Classifier.Description.Provenance.Labels,
        model.References.Names.Count, model.Seconds, [.. model.Standings.Select(TriedFields.Of)], model.LeftOut, report);
}

/// <param name="Ahead">Points that it is expected to be ahead of the candidate that all are compared with.</param>
internal sealed record TriedFields(string Start, string Protocol, double? Accuracy, double? Low, double? High, int Images, int Folds,
    double Ahead, double Spread, double Seconds)
{
    public static TriedFields Of(Standing standing) => new(standing.Candidate.Start, standing.Candidate.Protocol.Name,
        standing.Accuracy?.Mean, standing.Accuracy?.Low, standing.Accuracy?.High, standing.Images, standing.Folds, standing.Ahead,
        standing.Spread, standing.Seconds);
}
