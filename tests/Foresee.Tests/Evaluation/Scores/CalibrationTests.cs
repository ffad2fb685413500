using Foresee.Evaluation.Scores;
using Foresee.Inference;

namespace Foresee.Tests.Evaluation.Scores;

public sealed class CalibrationTests
{
    private static readonly double[] Confidences = [.97, .91, .86, .79, .74, .61, .56, .51, .44, .31];
    private static readonly bool[] Right = [.. "1101101001".Select(digit => digit == '1')];

    // the numbers of the guide, computed by the formula of the paper's own program
    [Theory]
    [InlineData(15, .414)]
    [InlineData(10, .326)]
    [InlineData(5, .208)]
    public void The_calibration_error_is_that_of_the_formula(int bins, double expected) =>
        Assert.Equal(expected, Reliability.Of(Confidences, Right, bins).ExpectedError, 12);

    [Fact]
    public void The_adaptive_error_has_bins_of_as_many_images() => Assert.Equal(.144, Reliability.AdaptiveError(Confidences, Right, 5), 12);

    [Fact]
    public void Bins_are_open_below_and_closed_above()
    {
        // each confidence is the upper end of a bin, and rounding of i / 15 must not move it
        double[] ends = [.. Enumerable.Range(1, 15).Select(i => i / 15.0)];
        Assert.All(Reliability.Of(ends, [.. ends.Select(_ => true)]).Bins, bin => Assert.Equal(1, bin.Images));
        Assert.Equal(1, Reliability.Of([0.0], [true]).Bins[0].Images);
    }

    [Fact]
    public void Bins_tell_their_mean_confidence_and_accuracy()
    {
        var bin = Reliability.Of([.5, .58, .9], [true, false, true], 5).Bins[2]; // (0.4, 0.6]
        Assert.Equal((2, .54, .5), (bin.Images, Math.Round(bin.Confidence, 12), bin.Accuracy));
    }

    [Fact]
    public void The_bootstrap_interval_is_that_of_the_binomial_where_there_is_one_bin()
    {
        // Always sure and right in 80 of 100: the error is the share of wrong ones, whose draws are binomial.
        double[] sure = [.. Enumerable.Repeat(1.0, 200)];
        bool[] right = [.. Enumerable.Range(0, 200).Select(i => i % 5 != 0)];
        var (low, high) = Reliability.Bootstrap(sure, right);
        Assert.Equal(.145, low, .012); // scipy 1.10: 1 - binom.ppf([.975, .025], 200, .8) / 200
        Assert.Equal(.255, high, .012);
        Assert.Equal((low, high), Reliability.Bootstrap(sure, right)); // the same each time
    }

    [Fact]
    public void What_a_perfect_model_shows_is_the_mean_deviation_of_the_binomial()
    {
        // all in one bin: E |hits / n - p| = √(2 p (1 - p) / π n) for many images
        Assert.Equal(Math.Sqrt(2 * .7 * .3 / Math.PI / 500), Reliability.PerfectError([.. Enumerable.Repeat(.7, 500)], draws: 2000), .0008);
    }

    [Fact]
    public void A_perfect_model_has_an_error_that_falls_with_the_number_of_images()
    {
        double Error(int images)
        {
            var random = new Random(5);
            double[] sure = [.. Enumerable.Range(0, images).Select(_ => random.NextDouble())];
            return Reliability.Of(sure, [.. sure.Select(p => random.NextDouble() < p)]).ExpectedError;
        }
        Assert.InRange(Error(200), .03, .2);
        Assert.InRange(Error(200_000), 0, .005);
    }

    [Fact]
    public void Brier_score_and_likelihood_are_those_of_numpy()
    {
        // ((p - eye(3)[y]) ** 2).sum(1).mean(), -log(p[range(3), y]).mean()
        var scores = ProbabilityScores.Of([.7f, .2f, .1f, .1f, .6f, .3f, .3f, .3f, .4f], [0, 2, 2], 3);
        Assert.Equal(.5133333426713947, scores.Brier, 12);
        Assert.Equal(.8256461475103772, scores.NegativeLogLikelihood, 12);
        Assert.Equal(new(0, 0), ProbabilityScores.Of([1, 0], [0], 2));
        Assert.Equal(-Math.Log(1e-12), ProbabilityScores.Of([0, 1], [0], 2).NegativeLogLikelihood, 12);
    }

    [Fact]
    public void Conformal_sets_hold_every_class_as_likely_as_the_threshold_says()
    {
        // q = 0.6 by the guide: classes of probability 0.4 and more
        ConformalScores scores = new([.05, .1, .2, .3, .35, .4, .55, .6, .7]);
        float[] p = [.5f, .45f, .05f, .8f, .1f, .1f, .34f, .33f, .33f, .2f, .7f, .1f];
        var sets = ConformalSets.Measure(p, [1, 0, 2, 0], 3, scores, .8);
        // {0, 1}, {0}, {}, {1}
        Assert.Equal((.8, 4, .5, 1.0, .5, .25), (sets.Wanted, sets.Images, sets.Coverage, sets.Size, sets.Single, sets.Empty));
        Assert.Equal([new(.5, 1), new(1, 2), new(0, 0)], sets.OfClass);
        var all = ConformalSets.Measure(p, [1, 0, 2, 0], 3, scores, .95); // 9 scores are too few
        Assert.Equal((1, 3), (all.Coverage, all.Size));
    }

    [Theory]
    [InlineData(.8)]
    [InlineData(.9)]
    [InlineData(.95)]
    public void Conformal_sets_cover_as_often_as_asked_even_by_a_model_that_is_wrong_about_itself(double wanted)
    {
        var (p, labels) = Overconfident(4000, 6);
        double[] scores = [.. Enumerable.Range(0, 2000).Select(i => 1.0 - p[i * 6 + labels[i]]).Order()];
        var sets = ConformalSets.Measure(p[(2000 * 6)..], labels[2000..], 6, new(scores), wanted);
        Assert.Equal(wanted, sets.Coverage, .025);
        var halves = ConformalSets.MeasureOnHalves(p, labels, 6, wanted);
        Assert.Equal(wanted, halves.Coverage, .01);
        Assert.Equal(sets.Size, halves.Size, .2);
        var covered = halves.OfClass.Zip(Enumerable.Range(0, 6), (of, c) => of!.Coverage * labels.Count(l => l == c)).Sum();
        Assert.Equal(halves.Coverage, covered / 4000, .01);
    }

    /// <summary>Right by chance p, and saying more.</summary>
    private static (float[] Probabilities, int[] Labels) Overconfident(int images, int classes)
    {
        var (random, p, labels) = (new Random(11), new float[images * classes], new int[images]);
        for (var i = 0; i < images; i++)
        {
            double[] weights = [.. Enumerable.Range(0, classes).Select(_ => Math.Exp(2 * random.NextDouble()))];
            var at = random.NextDouble() * weights.Sum();
            while ((at -= weights[labels[i]]) > 0) labels[i]++;
            double[] sharp = [.. weights.Select(w => w * w * w)];
            for (var c = 0; c < classes; c++) p[i * classes + c] = (float)(sharp[c] / sharp.Sum());
        }
        return (p, labels);
    }
}
