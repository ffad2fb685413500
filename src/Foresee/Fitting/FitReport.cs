using System.Globalization;
using Foresee.Inference;
using Foresee.Reports;

namespace Foresee.Fitting;

/// <summary>report.html of a model, from the predictions of images that were held out.</summary>
internal static class FitReport
{
    public static void Write(FitResult model, ModelDescription description, FitContext context)
    {
        var log = model.Run is { } run ? Path.Combine(run, MetricsLog.FileName) : null;
        var described = model.Run is { } folder ? Path.Combine(folder, RunDescription.FileName) : null;
        HtmlReport.Write(Path.Combine(context.Folder, HtmlReport.FileName), new()
        {
            Title = string.Create(CultureInfo.InvariantCulture,
                $"{description.Data}: {description.Classes.Count} classes from {description.Labels:N0} labelled images"),
            Model = model.Held is null ? null : ModelReport.Of(description, Predictions(model)),
            Unmeasured = description,
            Pretraining = log is null ? [] : MetricsLog.Read(log),
            Run = File.Exists(described) ? RunDescription.Read(described) : null,
            Facts = [new("Choice", model.Reason), new("Accuracy", model.How)],
        });
    }

    /// <summary>Held-out images with what the model that learnt from all of them knows of their features.</summary>
    private static ModelPredictions Predictions(FitResult model)
    {
        var (held, references) = (model.Held!, model.References);
        // References begin with the labelled images in their order, where there are not too many of them.
        var known = held.Images.All(image => image < references.Labels.Length && references.Labels[image] >= 0)
            && model.Classifier.Description.Provenance.Labels <= references.Labels.Length;
        var width = references.Features.Length / references.Labels.Length;
        return new()
        {
            MeasuredOn = string.Create(CultureInfo.InvariantCulture, $"{held.Labels.Length:N0} labelled images, each told by a classifier ")
                + "of the cross-validation that had not learnt from it",
            Names = [.. held.Images.Select(image => known ? references.Names[image] : $"labelled image {image}")],
            Labels = held.Labels,
            Probabilities = held.Probabilities,
            Features = known ? [.. held.Images.SelectMany(image => references.Features[(image * width)..((image + 1) * width)])] : null,
            Distances = known && references.Distances.Length > 0 ? [.. held.Images.Select(image => references.Distances[image])] : null,
            Calibrated = true,
            Picture = known ? i => references.Picture(held.Images[i]) : null,
        };
    }
}
