using Foresee.Studies.Transferability;
using Foresee.Torch;

namespace Foresee.Tests.Studies.Transferability;

public sealed class ScoreTests : IDisposable
{
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly StudyFixtures fixtures = new();

    public void Dispose()
    {
        fixtures.Dispose();
        scope.Dispose();
    }

    /// <summary>NumPy's is the density of an n-dimensional Gaussian with the same α and β; "wide" has more features than images.</summary>
    [Theory]
    [InlineData("narrow")]
    [InlineData("wide")]
    public void LogMe_is_the_log_evidence_per_image_of_each_class(string name)
    {
        var evidence = LogMe.ByClass(fixtures[$"{name}/features"], fixtures.Labels($"{name}/labels"), 4);
        var expected = fixtures[$"{name}/logme"].ToArray<double>();
        for (var c = 0; c < 4; c++) Assert.Equal(expected[c], evidence[c], 1e-9);
    }

    [Fact]
    public void H_score_is_the_trace_of_the_products_that_numpy_writes_out()
    {
        var (features, labels) = (fixtures["narrow/features"], fixtures.Labels("narrow/labels"));
        Assert.Equal(fixtures.Number("narrow/h-score"), HScore.Of(features, labels, 4, shrunk: false), 1e-9);
    }

    [Theory]
    [InlineData("narrow")]
    [InlineData("wide")]
    public void Shrunk_H_score_has_the_shrinkage_of_Ledoit_and_Wolf(string name)
    {
        var (features, labels) = (fixtures[$"{name}/features"], fixtures.Labels($"{name}/labels"));
        var centred = features - features.Mean(0);
        Assert.Equal(fixtures.Number($"{name}/shrinkage"),
            HScore.Shrinkage(centred, centred.T().MatMul(centred) / (double)features.Size(0)), 1e-9);
        Assert.Equal(fixtures.Number($"{name}/shrunk-h-score"), HScore.Of(features, labels, 4), 1e-9);
    }

    /// <summary>
    /// Numbers of the authors' own LogME on the same features. They take m² and r² of the round before, where α and β have settled to one
    /// in a thousand, so the evidence is a little off: 5e-5 in the third class.
    /// </summary>
    [Fact]
    public void Scores_of_thirty_rows_are_the_authors_own()
    {
        var values = new double[30 * 5];
        for (var i = 0; i < 30; i++)
            for (var j = 0; j < 5; j++) values[i * 5 + j] = Math.Sin(1.3 * i + 0.7 * j + 0.1 * i * j) + (i % 3 == j % 3 ? 0.5 : 0);
        var (features, labels) = (Tensor.From(values, 30, 5), Enumerable.Range(0, 30).Select(i => i % 3).ToArray());
        var evidence = LogMe.ByClass(features, labels, 3);
        foreach (var (seen, expected) in evidence.Zip([-0.814059, -0.806557, -0.869950])) Assert.Equal(expected, seen, 1e-4);
        Assert.Equal(-0.830189, LogMe.Of(features, labels, 3), 1e-4);
        Assert.Equal(0.564614, HScore.Of(features, labels, 3, shrunk: false), 1e-6);
    }

    [Fact]
    public void Features_that_tell_the_classes_score_higher_than_noise()
    {
        using var generator = new Generator(1);
        int[] labels = [.. Enumerable.Range(0, 90).Select(i => i % 3)];
        var noise = Tensor.RandN([90, 8], generator);
        var telling = noise + 3.0 * Tensor.RandN([3, 8], generator).IndexSelect(0, Tensor.From(Array.ConvertAll(labels, l => (long)l)));
        Assert.True(LogMe.Of(telling, labels, 3) > LogMe.Of(noise, labels, 3) + 0.1);
        Assert.InRange(HScore.Of(telling, labels, 3), 1.2, 2); // at most classes - 1
        Assert.InRange(HScore.Of(noise, labels, 3), 0, 0.4);
    }

    /// <summary>Worked by hand: of 6 pairs 4 agree, 1 does not, and 1 is tied in the second list.</summary>
    [Fact]
    public void Rank_correlations_are_those_worked_by_hand()
    {
        double[] a = [1, 2, 3, 4], b = [10, 30, 20, 30];
        Assert.Equal(3 / Math.Sqrt(6 * 5), RankCorrelation.Kendall(a, b)!.Value, 1e-12);
        Assert.Equal(3 / Math.Sqrt(5 * 4.5), RankCorrelation.Spearman(a, b)!.Value, 1e-12); // ranks 1, 3.5, 2, 3.5
        Assert.Equal(-1, RankCorrelation.Kendall(a, [4, 3, 2, 1])!.Value);
        Assert.Null(RankCorrelation.Spearman(a, [1, 1, 1, 1]));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Kendall([1], [1]));
    }
}
