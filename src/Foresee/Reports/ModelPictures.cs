using System.Numerics.Tensors;
using Foresee.Evaluation.Scores;
using Foresee.Images;

namespace Foresee.Reports;

/// <summary>Which images a report shows, and the images themselves, made small.</summary>
internal sealed class ModelPictures(ModelPredictions predictions, int classes, int[] predicted)
{
    private const int Most = 12, Samples = 8, Near = LabelSuspect.Neighbours, Side = 112;
    private readonly Dictionary<int, SmallPicture?> made = [];
    private readonly int shared = SharedFolder(predictions.Names);

    public IReadOnlyList<ShownImage> Mistakes(bool[] right) => [.. Enumerable.Range(0, right.Length).Where(i => !right[i])
        .OrderByDescending(i => Of(i)[predicted[i]]).Take(Most).Select(Show)];

    public IReadOnlyList<ShownImage> Uncertain() => [.. Enumerable.Range(0, predicted.Length)
        .OrderBy(i => Of(i)[predicted[i]] - Of(i)[Second(i)]).Take(classes < 2 ? 0 : Most).Select(Show)];

    /// <param name="images">What the suspects' numbers are places in.</param>
    public IReadOnlyList<ShownImage> Suspects(IReadOnlyList<LabelSuspect> suspects, int[] images) =>
        [.. suspects.Take(Most).Select(suspect => Show(images[suspect.Image]))];

    /// <summary>The first image of classes spread over all, each with its neighbours.</summary>
    public IReadOnlyList<ShownNeighbours> Neighbours(SeenFeatures seen)
    {
        int[] first = [.. Enumerable.Range(0, seen.Images.Length).DistinctBy(row => predictions.Labels[seen.Images[row]])
            .OrderBy(row => predictions.Labels[seen.Images[row]])];
        return [.. ReportCharts.Thin(first, Samples).Select(row => new ShownNeighbours(Show(seen.Images[row]),
            [.. seen.Nearest.Rows[row].Take(Near).Select(near => Show(seen.Images[near.Image]))],
            [.. seen.Nearest.Rows[row].Take(Near).Select(near => near.Similarity)]))];
    }

    private ShownImage Show(int i)
    {
        var (row, label, second) = (Of(i).ToArray(), predictions.Labels[i], Second(i));
        return new(predictions.Names[i][shared..], label, predicted[i], row[predicted[i]], row[label], second, row[second], Picture(i));
    }

    /// <summary>Letters of the folder that all names begin with: it would only hide where they differ.</summary>
    private static int SharedFolder(IReadOnlyList<string> names)
    {
        var length = names.Aggregate(names[0].Length, (same, name) => Math.Min(same, names[0].AsSpan(0, same).CommonPrefixLength(name)));
        return length == 0 ? 0 : names[0].LastIndexOf('/', length - 1) + 1;
    }

    private ReadOnlySpan<float> Of(int i) => predictions.Probabilities.AsSpan(i * classes, classes);

    private int Second(int i)
    {
        if (classes < 2) return predicted[i];
        var others = Of(i).ToArray();
        others[predicted[i]] = float.NegativeInfinity;
        return TensorPrimitives.IndexOfMax<float>(others);
    }

    private SmallPicture? Picture(int i)
    {
        if (made.TryGetValue(i, out var known)) return known;
        return made[i] = predictions.Picture?.Invoke(i) is { } image ? new(Thumbnail.Jpeg(image, Side)) : null;
    }
}
