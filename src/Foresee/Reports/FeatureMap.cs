using Foresee.Evaluation.Scores;

namespace Foresee.Reports;

/// <summary>Images in the plane, by their features of unit length.</summary>
/// <param name="Images">That are shown: all, or as many as t-SNE takes.</param>
/// <param name="Components">By their two principal components.</param>
/// <param name="Explained">What the two components tell of the whole variance, 0 to 1.</param>
/// <param name="Embedding">By t-SNE of up to 50 components.</param>
/// <param name="Agreement">Of the nearest neighbours of an image, the share that has its class: 0 to 1.</param>
public sealed record FeatureMap(int Images, IReadOnlyList<MapPoint> Components, double Explained, IReadOnlyList<MapPoint> Embedding,
    double Agreement);

/// <param name="Right">Whether the model says its class.</param>
public sealed record MapPoint(double X, double Y, int Label, bool Right);

/// <summary>Neighbours and map of the images measured, of a sample of them where there are very many.</summary>
/// <param name="Images">[M] numbers of images, rising; rows of the others are places in it.</param>
internal sealed record SeenFeatures(int[] Images, NearestImages Nearest, FeatureMap Map)
{
    private const int MostImages = 4000, Components = 50;
    private const double MostProducts = 2e10; // of which neighbours are looked for: some seconds

    public static SeenFeatures Of(ModelPredictions predictions, int[] predicted, CancellationToken cancel)
    {
        var (count, features) = (predictions.Labels.Count, predictions.Features!);
        var width = features.Length / count;
        var images = Sample(count, (int)Math.Min(MostImages, Math.Sqrt(MostProducts / width)));
        var nearest = NearestImages.Among(Rows(features, width, images), width, LabelSuspect.Neighbours);
        cancel.ThrowIfCancellationRequested();
        var shown = Sample(count, NeighbourEmbedding.MostRows);
        var components = PrincipalComponents.Of(NearestImages.Unit(Rows(features, width, shown), width), width, Components);
        var places = NeighbourEmbedding.Place(components.Scores, Components, cancel: cancel);
        IReadOnlyList<MapPoint> Points(Func<int, double> x, Func<int, double> y) => [.. shown.Select((image, row) =>
            new MapPoint(x(row), y(row), predictions.Labels[image], predicted[image] == predictions.Labels[image]))];
        return new(images, nearest, new(shown.Length,
            Points(row => components.Scores[row * Components], row => components.Scores[row * Components + 1]),
            components.Explained[0] + components.Explained[1],
            Points(row => places[2 * row], row => places[2 * row + 1]),
            nearest.Rows.SelectMany((row, i) => row.Select(near =>
                predictions.Labels[images[near.Image]] == predictions.Labels[images[i]] ? 1.0 : 0)).DefaultIfEmpty().Average()));
    }

    private static int[] Sample(int total, int most) => total <= most
        ? [.. Enumerable.Range(0, total)]
        : [.. Enumerable.Range(0, most).Select(i => (int)((long)i * total / most))];

    private static float[] Rows(float[] features, int width, int[] images) =>
        images.Length * width == features.Length ? features : [.. images.SelectMany(i => features.AsSpan(i * width, width).ToArray())];
}
