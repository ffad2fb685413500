using Foresee.Evaluation.Scores;

namespace Foresee.Tests.Evaluation.Scores;

public sealed class ConfusionMatrixTests
{
    private static readonly int[] Labels = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2], Said = [0, 0, 1, 1, 1, 2, 1, 0, 2, 2];

    [Fact]
    public void Counts_and_scores_are_those_of_a_slow_count()
    {
        var random = new Random(3);
        int[] labels = [.. Enumerable.Range(0, 500).Select(_ => random.Next(7))];
        int[] said = [.. labels.Select(c => random.Next(3) == 0 ? random.Next(7) : c)];
        var matrix = new ConfusionMatrix(7, labels, said);
        for (var label = 0; label < 7; label++)
        {
            for (var other = 0; other < 7; other++)
                Assert.Equal(Enumerable.Range(0, 500).Count(i => labels[i] == label && said[i] == other), matrix[label, other]);
            double hits = labels.Zip(said).Count(pair => pair == (label, label));
            double precision = hits / said.Count(c => c == label), recall = hits / labels.Count(c => c == label);
            var score = matrix.Scores()[label];
            Assert.Equal(precision, score.Precision!.Value, 12);
            Assert.Equal(recall, score.Recall!.Value, 12);
            Assert.Equal(2 * precision * recall / (precision + recall), score.F1!.Value, 12);
        }
        Assert.Equal((500, labels.Zip(said).Count(pair => pair.First == pair.Second)), (matrix.Total, matrix.Right));
    }

    [Fact]
    public void Scores_of_ten_images_are_those_worked_out_by_hand()
    {
        var scores = new ConfusionMatrix(3, Labels, Said).Scores();
        Assert.Equal([2 / 3.0, 3 / 4.0, 2 / 3.0], scores.Select(score => score.Precision!.Value));
        Assert.Equal([2 / 3.0, 3 / 4.0, 2 / 3.0], scores.Select(score => score.Recall!.Value));
    }

    [Fact]
    public void A_class_without_images_has_no_recall_and_one_never_said_no_precision()
    {
        var scores = new ConfusionMatrix(4, [0, 0, 1], [0, 2, 0]).Scores();
        Assert.Equal((1 / 2.0, 1 / 2.0), (scores[0].Precision, scores[0].Recall));
        Assert.Equal((null, 0, 0), (scores[1].Precision, scores[1].Recall, scores[1].F1));
        Assert.Equal((0, null, 0), (scores[2].Precision, scores[2].Recall, scores[2].F1));
        Assert.Equal((null, null, null), (scores[3].Precision, scores[3].Recall, scores[3].F1));
    }

    [Fact]
    public void Commonest_confusions_come_first_and_the_diagonal_is_none()
    {
        Assert.Equal([new(1, 0, 2), new(0, 2, 1)],
            new ConfusionMatrix(3, [0, 0, 1, 1, 2, 0], [0, 0, 0, 0, 2, 2]).Commonest(5));
        Assert.Single(new ConfusionMatrix(3, [0, 0, 1, 1, 2, 0], [0, 0, 0, 0, 2, 2]).Commonest(1));
    }

    // scipy 1.10: binomtest(part, whole).proportion_ci(0.95, method='wilson')
    [Theory]
    [InlineData(8, 10, 0.4901624715366418, 0.9433178485456248)]
    [InlineData(0, 5, 0, 0.43448246478317476)]
    [InlineData(87, 100, 0.7901964855992357, 0.9224283257275948)]
    [InlineData(20, 20, 0.8388748419471808, 1)]
    public void Intervals_of_shares_are_those_of_Wilson(int part, int whole, double low, double high)
    {
        var share = new Proportion(part, whole);
        Assert.Equal(low, share.Low, 10);
        Assert.Equal(high, share.High, 10);
    }

    [Fact]
    public void The_area_under_the_curve_is_the_share_of_pairs()
    {
        var random = new Random(1);
        double[] first = [.. Enumerable.Range(0, 40).Select(_ => (double)random.Next(10))];
        double[] second = [.. Enumerable.Range(0, 30).Select(_ => 2.0 + random.Next(10))];
        var pairs = first.Sum(a => second.Sum(b => b > a ? 1 : b == a ? 0.5 : 0)) / (40 * 30);
        Assert.Equal(pairs, RankedArea.Of(first, second), 12);
        Assert.Equal(1, RankedArea.Of([1, 2], [3]));
        Assert.Equal(0.5, RankedArea.Of([1, 1], [1]));
    }
}
