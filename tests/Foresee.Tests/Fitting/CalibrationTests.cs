using Foresee.Fitting;
using Foresee.Torch;

namespace Foresee.Tests.Fitting;

public sealed class CalibrationTests
{
    /// <summary>Of transfer.md 6.4: T and both likelihoods were computed there, not here.</summary>
    private static readonly double[][] Logits = [[2, 1, 0], [3, 0, 0], [0, 2, 1], [1, 0, 3], [2, 2, 0], [0, 1, .5]];
    private static readonly int[] Labels = [0, 1, 1, 2, 0, 2];

    private static float[] Probabilities => [.. Logits.SelectMany(row =>
    {
        var sum = row.Sum(Math.Exp);
        return row.Select(logit => (float)(Math.Exp(logit) / sum));
    })];

    [Fact]
    public void The_temperature_and_its_likelihood_are_the_known_ones()
    {
        Assert.Equal(1.003146, Temperature.NegativeLogLikelihood(Probabilities, Labels, 1), 1e-6);
        var temperature = Temperature.Of(Probabilities, Labels);
        Assert.Equal(1.726031, temperature, 1e-4);
        Assert.Equal(0.943281, Temperature.NegativeLogLikelihood(Probabilities, Labels, temperature), 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void What_was_usual_elsewhere_decides_for_few_images_and_the_images_where_there_are_many(int times)
    {
        float[] many = [.. Enumerable.Repeat(Probabilities, times).SelectMany(rows => rows)];
        int[] labels = [.. Enumerable.Repeat(Labels, times).SelectMany(all => all)];
        var usual = new UsualTemperature(1.1, 0.2);
        // A slow search on a grid.
        double Cost(double t) => labels.Length * Temperature.NegativeLogLikelihood(many, labels, t)
            + Math.Pow(Math.Log(t) - Math.Log(1.1), 2) / (2 * 0.2 * 0.2);
        var expected = Enumerable.Range(0, 20_000).Select(i => 0.5 + i * 1e-4).MinBy(Cost);
        var found = Temperature.Of(many, labels, usual);
        Assert.Equal(expected, found, 2e-4);
        Assert.InRange(found, 1.1, 1.726);
        if (times == 1) Assert.True(found < 1.2, $"{found}");
        else Assert.True(found > 1.4, $"{found}");
    }

    [Fact]
    public void Probabilities_at_a_temperature_are_those_of_the_divided_logits()
    {
        var applied = Temperature.Apply(Probabilities, 3, 1.7);
        foreach (var (i, row) in Logits.Index())
        {
            var sum = row.Sum(logit => Math.Exp(logit / 1.7));
            for (var c = 0; c < 3; c++) Assert.Equal(Math.Exp(row[c] / 1.7) / sum, applied[3 * i + c], 1e-6);
        }
    }

    [Fact]
    public void A_class_that_was_called_impossible_is_calibrated_to_a_number()
    {
        float[] sure = [1, 0, 0, 1];
        Assert.True(double.IsFinite(Temperature.NegativeLogLikelihood(sure, [1, 1], 1)));
        Assert.All(Temperature.Apply(sure, 2, 3), p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public void Conformal_scores_are_one_minus_the_probability_of_the_true_class_rising()
    {
        var held = new HeldOutPredictions([.. Enumerable.Range(0, 12)], [.. Enumerable.Repeat(Labels, 2).SelectMany(l => l)],
            [.. Probabilities, .. Probabilities]);
        var scores = held.ConformalScores();
        Assert.Equal(12, scores.Length);
        Assert.Equal(scores.Order(), scores);
        Assert.Equal(1 - Probabilities[0], scores[Array.FindIndex(scores, s => Math.Abs(s - (1 - Probabilities[0])) < 1e-9)], 1e-9);
        Assert.Empty((held with { Images = [0], Labels = [0], Probabilities = Probabilities[..3] }).ConformalScores());
        Assert.Equal(8, held.Right); // rows 0, 2 and 3, and 4, where the first class of two alike counts; in both copies
    }

    [Fact]
    public void Novelty_is_the_mean_distance_to_the_nearest_others_by_a_slow_loop()
    {
        using var scope = TensorScope.Begin();
        var random = new Random(3);
        var (count, width) = (60, 7);
        float[] rows = [.. Enumerable.Range(0, count * width).Select(_ => (float)random.NextDouble())];
        double Cosine(int a, int b)
        {
            double dot = 0, first = 0, second = 0;
            for (var k = 0; k < width; k++)
            {
                dot += rows[a * width + k] * rows[b * width + k];
                first += Math.Pow(rows[a * width + k], 2);
                second += Math.Pow(rows[b * width + k], 2);
            }
            return dot / Math.Sqrt(first * second);
        }
        double[] expected = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, count).Where(j => j != i)
            .Select(j => 1 - Cosine(i, j)).Order().Take(Novelty.Neighbours).Average())];
        var features = Tensor.From<float>(rows, count, width);
        var distances = Novelty.Distances(features, default);
        for (var i = 0; i < count; i++) Assert.Equal(expected[i], distances[i], 1e-5);
        Assert.Equal(expected.Order().ElementAt(56), Novelty.Threshold(distances)!.Value, 1e-5); // 57 of 60 are no farther
        Assert.Null(Novelty.Threshold(distances[..(Novelty.LeastReferences - 1)]));
    }

    [Fact]
    public void Nine_scores_give_a_set_of_90_per_cent_and_eight_none()
    {
        HeldOutPredictions Of(int count) => new([.. Enumerable.Range(0, count)], [.. Enumerable.Repeat(0, count)],
            [.. Enumerable.Range(0, count).SelectMany(i => new[] { 1 - i / 20f, i / 20f })]);
        Assert.True(double.IsFinite(new Foresee.Inference.ConformalScores(Of(9).ConformalScores()).Threshold(0.9)));
        Assert.Empty(Of(8).ConformalScores());
    }

    [Fact]
    public void Copies_are_no_neighbours_of_each_other()
    {
        using var scope = TensorScope.Begin();
        var random = new Random(4);
        float[] once = [.. Enumerable.Range(0, 20 * 5).Select(_ => (float)random.NextDouble())];
        string[] contents = [.. Enumerable.Range(0, 60).Select(i => $"{i % 20}")];
        var distances = Novelty.Distances(Tensor.From<float>([.. once, .. once, .. once], 60, 5), default, contents);
        // The nearest other image stands there three times, the next as often: five neighbours are three of the one and two of the other.
        var alone = Tensor.From<float>(once, 20, 5);
        var unit = alone / alone.Square().Sum(1, keep: true).Sqrt();
        var cosines = unit.MatMul(unit.T()).ToArray<float>();
        for (var i = 0; i < 60; i++)
        {
            double[] near = [.. Enumerable.Range(0, 20).Where(j => j != i % 20).Select(j => 1.0 - cosines[i % 20 * 20 + j]).Order()];
            Assert.Equal((3 * near[0] + 2 * near[1]) / 5, distances[i], 1e-5);
        }
        Assert.Equal(0, Novelty.Distances(Tensor.From<float>([1, 2, 1, 2], 2, 2), default, ["a", "a"])[0]);
    }

    [Theory]
    [InlineData(8, 10, 49.0, 94.3)]  // Wilson (1927) as R's prop.test(8, 10, correct = FALSE) gives it: 0.4902 to 0.9433
    [InlineData(0, 20, 0.0, 16.1)]
    [InlineData(20, 20, 83.9, 100.0)]
    public void The_interval_of_a_share_is_Wilsons(int right, int of, double low, double high)
    {
        var interval = Interval95.OfShare(right, of);
        Assert.Equal((100.0 * right / of, low, high), (interval.Mean, Math.Round(interval.Low, 1), Math.Round(interval.High, 1)));
    }
}
