using System.Numerics.Tensors;
using Foresee.Evaluation.Scores;
using Foresee.Inference;

namespace Foresee.Reports;

/// <summary>Numbers and pictures of a fitted model on images that it had not learnt from; made by <see cref="Of"/>.</summary>
public sealed record ModelReport
{
    /// <summary>Coverages of conformal sets that are told; the middle one also for each class.</summary>
    public static readonly IReadOnlyList<double> Coverages = [0.8, 0.9, 0.95];

    public required ModelDescription Model { get; init; }

    /// <inheritdoc cref="ModelPredictions.MeasuredOn"/>
    public required string MeasuredOn { get; init; }

    /// <inheritdoc cref="ModelPredictions.Calibrated"/>
    public required bool Calibrated { get; init; }

    public required Proportion Accuracy { get; init; }

    public required ConfusionMatrix Confusion { get; init; }

    public required Reliability Reliability { get; init; }

    /// <summary>The 95 % interval of the expected calibration error, by drawing images with replacement.</summary>
    public required ErrorRange ErrorRange { get; init; }

    /// <summary>The calibration error over bins of equally many images.</summary>
    public required double AdaptiveError { get; init; }

    /// <summary>What the expected calibration error would be of a model that is exactly as often right as it says.</summary>
    public required double PerfectError { get; init; }

    public required ProbabilityScores Probabilities { get; init; }

    /// <summary>One for each of <see cref="Coverages"/>; empty where the model has no conformal scores.</summary>
    public IReadOnlyList<ConformalSets> Conformal { get; init; } = [];

    /// <summary>Null where the model can't tell what is out of place.</summary>
    public OutOfPlace? OutOfPlace { get; init; }

    /// <summary>Wrong and sure of it, the surest first.</summary>
    public IReadOnlyList<ShownImage> Mistakes { get; init; } = [];

    /// <summary>The least difference of the two highest probabilities first.</summary>
    public IReadOnlyList<ShownImage> Uncertain { get; init; } = [];

    public IReadOnlyList<ShownImage> Suspects { get; init; } = [];

    /// <summary>All of them, of which <see cref="Suspects"/> shows the first; null where there are no features to tell.</summary>
    public IReadOnlyList<SuspectLabel>? SuspectLabels { get; init; }

    /// <summary>Samples of classes and what the model holds to be like them.</summary>
    public IReadOnlyList<ShownNeighbours> Neighbours { get; init; } = [];

    /// <summary>Null without features.</summary>
    public FeatureMap? Map { get; init; }

    /// <summary>The mean of the recalls of the classes that have images: each class counts the same, 0 to 1.</summary>
    public double BalancedAccuracy => Confusion.Scores().Average(score => score.Recall) ?? 0;

    /// <summary>The mean F1 of the classes that are or are said, 0 to 1.</summary>
    public double MeanF1 => Confusion.Scores().Average(score => score.F1) ?? 0;

    /// <summary>Makes the numbers, reads the pictures. Some seconds of one thread for 2,000 images, most of them for the map.</summary>
    /// <exception cref="ArgumentException">The predictions are not of this model.</exception>
    public static ModelReport Of(ModelDescription model, ModelPredictions predictions, CancellationToken cancel = default)
    {
        var classes = model.Classes.Count;
        predictions.Check(classes);
        var (labels, probabilities) = (predictions.Labels, predictions.Probabilities);
        int[] predicted = [.. Enumerable.Range(0, labels.Count).Select(i =>
            TensorPrimitives.IndexOfMax<float>(probabilities.AsSpan(i * classes, classes)))];
        double[] confidences = [.. predicted.Select((c, i) => (double)probabilities[i * classes + c])];
        bool[] right = [.. predicted.Select((c, i) => c == labels[i])];
        var (low, high) = Reliability.Bootstrap(confidences, right);
        var pictures = new ModelPictures(predictions, classes, predicted);
        var report = new ModelReport
        {
            Model = model,
            MeasuredOn = predictions.MeasuredOn,
            Calibrated = predictions.Calibrated,
            Accuracy = new(right.Count(hit => hit), right.Length),
            Confusion = new(classes, labels, predicted),
            Reliability = Reliability.Of(confidences, right),
            ErrorRange = new(low, high),
            PerfectError = Reliability.PerfectError(confidences),
            AdaptiveError = Reliability.AdaptiveError(confidences, right),
            Probabilities = ProbabilityScores.Of(probabilities, labels, classes),
            Conformal = Sets(model, predictions),
            OutOfPlace = OutOfPlace.Of(model.Novelty, predictions),
            Mistakes = pictures.Mistakes(right),
            Uncertain = pictures.Uncertain(),
        };
        if (predictions.Features is null || labels.Count < 2) return report;
        var seen = SeenFeatures.Of(predictions, predicted, cancel);
        var suspects = LabelSuspect.Among(seen.Nearest, [.. seen.Images.Select(i => labels[i])],
            [.. seen.Images.SelectMany(i => probabilities.AsSpan(i * classes, classes).ToArray())], classes);
        return report with
        {
            Map = seen.Map,
            SuspectLabels = [.. suspects.Select(suspect => new SuspectLabel(predictions.Names[seen.Images[suspect.Image]],
                model.Classes[suspect.Label], model.Classes[suspect.Predicted], suspect.Margin))],
            Suspects = pictures.Suspects(suspects, seen.Images),
            Neighbours = pictures.Neighbours(seen),
        };
    }

    private static IReadOnlyList<ConformalSets> Sets(ModelDescription model, ModelPredictions predictions)
    {
        if (model.Conformal is not { } scores) return [];
        var (probabilities, labels, classes) = (predictions.Probabilities, predictions.Labels, model.Classes.Count);
        if (!predictions.Calibrated) return [.. Coverages.Select(c => ConformalSets.Measure(probabilities, labels, classes, scores, c))];
        return labels.Count < 2 ? [] : [.. Coverages.Select(c => ConformalSets.MeasureOnHalves(probabilities, labels, classes, c))];
    }
}

public sealed record ErrorRange(double Low, double High);

/// <param name="Looks">The class that it seems to be of.</param>
/// <param name="Margin">See <see cref="LabelSuspect"/>.</param>
public sealed record SuspectLabel(string Name, string Label, string Looks, double Margin);

/// <summary>What the rule for images out of place says of images that are in place, and of others.</summary>
/// <param name="Rule">The model's.</param>
/// <param name="Flagged">Of the images measured, which are in place.</param>
/// <param name="Foreign">The name of the foreign images; null where there are none, and then so are the next two.</param>
/// <param name="ForeignFlagged">Of the foreign images.</param>
/// <param name="Area">The probability that a foreign image lies farther away than one in place, see <see cref="RankedArea"/>.</param>
public sealed record OutOfPlace(NoveltyRule Rule, Proportion Flagged, string? Foreign, Proportion? ForeignFlagged, double? Area)
{
    internal static OutOfPlace? Of(NoveltyRule? rule, ModelPredictions predictions)
    {
        if (rule is null || predictions.Distances is not { } distances) return null;
        Proportion Beyond(IReadOnlyList<double> values) => new(values.Count(distance => distance > rule.Threshold), values.Count);
        return predictions.Foreign is { Distances.Count: > 0 } foreign
            ? new(rule, Beyond(distances), foreign.Name, Beyond(foreign.Distances), RankedArea.Of(distances, foreign.Distances))
            : new(rule, Beyond(distances), null, null, null);
    }
}
