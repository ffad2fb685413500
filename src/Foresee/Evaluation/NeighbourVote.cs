using Foresee.Classifiers;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <param name="Temperature">T of the weights exp(s/T).</param>
public sealed record NeighboursOptions(double Temperature = 0.07)
{
    /// <summary>Numbers of neighbours tried; those above the number of labels are left out.</summary>
    public int[] Counts { get; init; } = [1, 3, 5, 10, 20, 50, 100, 200];
}

/// <summary>
/// Weighted nearest neighbours (Wu et al. 2018): class c gets Σ exp(s_i / T) over those of the k nearest labelled images that are of
/// class c, where s_i is the cosine of the two feature vectors. k is chosen by leaving out one label at a time.
/// </summary>
public sealed class NeighbourVote : Module
{
    private const int Block = 500, MostLeftOut = 2000;
    private readonly Tensor rows;    // [n, K], of length 1
    private readonly Tensor labels;  // [n]
    private readonly Tensor numbers; // [2]: k and the number of classes

    private NeighbourVote(Tensor rows, Tensor labels, Tensor numbers, double temperature)
    {
        (this.rows, this.labels, this.numbers) = (Buffer("rows", rows), Buffer("labels", labels), Buffer("numbers", numbers));
        (Classes, Temperature) = ((int)numbers.Select(0, 1).ToInt64(), temperature);
    }

    /// <param name="prefix">Of its weights' names.</param>
    internal static NeighbourVote Restore(SavedClassifier saved, string prefix, long features, NeighboursOptions options)
    {
        using var scope = TensorScope.Begin();
        var rows = saved.Weight(prefix + "rows", -1, features);
        Tensor labels = saved.Weight(prefix + "labels", rows.Size(0)), numbers = saved.Weight(prefix + "numbers", 2);
        var (count, classes) = (numbers.Select(0, 0).ToInt64(), numbers.Select(0, 1).ToInt64());
        if (classes != saved.Classes || labels.ToArray<long>().Any(label => label < 0 || label >= classes) || count < 1
            || count > rows.Size(0))
            throw new InvalidDataException($"The saved neighbours are {rows.Size(0)} of {classes} classes, of which {count} vote; "
                + $"their description has {saved.Classes} classes. Copy the folder again, or fit and save the classifier anew.");
        return new(rows, labels, numbers, options.Temperature);
    }

    internal int Classes { get; }

    internal double Temperature { get; }

    /// <summary>The number of neighbours that vote.</summary>
    public int Count => (int)numbers.Select(0, 0).ToInt64();

    /// <param name="features">f32 [n, K], see <see cref="FeatureScaling"/>.</param>
    public static NeighbourVote Fit(Tensor features, int[] labels, int classes, NeighboursOptions options,
        CancellationToken cancellation = default)
    {
        using var scope = TensorScope.Begin();
        var truth = Tensor.From(Array.ConvertAll(labels, label => (long)label));
        var result = new NeighbourVote(Unit(features), truth, Tensor.From([1L, classes]), options.Temperature);
        int[] counts = [.. options.Counts.Where(count => count < labels.Length).Order().DefaultIfEmpty(1)];
        if (labels.Length > 1) result.numbers.Select(0, 0).Fill_(result.Choose(labels, counts, cancellation));
        return result;
    }

    private int Choose(int[] truth, int[] counts, CancellationToken cancellation)
    {
        // Evenly over the labels, which are sorted by image, where there are more than a steady choice needs.
        var left = EvenSample.Of(truth.Length, MostLeftOut);
        var right = new int[counts.Length];
        for (var from = 0; from < left.Length; from += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            var block = Tensor.From([.. left[from..Math.Min(left.Length, from + Block)].Select(i => (long)i)]);
            var nearest = Nearest(rows.IndexSelect(0, block), counts[^1], block);
            for (var c = 0; c < counts.Length; c++)
                right[c] += (int)Vote(nearest, counts[c]).ArgMax(1).Equal(labels.IndexSelect(0, block)).Sum().ToInt64();
        }
        return counts[Array.IndexOf(right, right.Max())]; // the fewest of equally good ones
    }

    /// <summary>The class of each row of features.</summary>
    public int[] Predict(Tensor features)
    {
        var predictions = new List<int>();
        for (long from = 0, all = features.Size(0); from < all; from += Block)
        {
            using var scope = TensorScope.Begin();
            predictions.AddRange(Forward(features.Narrow(0, from, Math.Min(Block, all - from))).ArgMax(1).ToArray<int>());
        }
        return [.. predictions];
    }

    /// <param name="x">[q, K]</param>
    /// <returns>[q, C], the votes of each class as shares of all.</returns>
    public override Tensor Forward(Tensor x)
    {
        using var scope = TensorScope.Begin();
        var votes = Vote(Nearest(Unit(x), Count, null), Count);
        return scope.Keep(votes / votes.Sum(1, keep: true));
    }

    /// <param name="without">For each query the labelled row that must not answer, or null.</param>
    private TopValues Nearest(Tensor queries, int count, Tensor? without)
    {
        var cosines = queries.MatMul(rows.T()); // [q, n]
        if (without is not null) cosines = Tensor.Invoke("aten::scatter", "value", cosines, 1, without.View(-1, 1), -2.0);
        return cosines.TopK(count, 1);
    }

    /// <summary>[q, C]</summary>
    private Tensor Vote(TopValues nearest, int count)
    {
        var queries = nearest.Values.Size(0);
        // Relative to the nearest: the same votes, and exp can't overflow at small temperatures.
        var nearer = nearest.Values.Narrow(1, 0, count);
        var weights = ((nearer - nearer.Narrow(1, 0, 1)) / Temperature).Exp();
        var voters = labels.IndexSelect(0, nearest.Indices.Narrow(1, 0, count).Reshape(-1)).View(queries, count);
        return Tensor.Invoke("aten::scatter_add", "", Tensor.Zeros([queries, Classes]), 1, voters, weights);
    }

    private static Tensor Unit(Tensor x) => x / x.Square().Sum(1, keep: true).Sqrt().Clamp(low: 1e-12);
}
