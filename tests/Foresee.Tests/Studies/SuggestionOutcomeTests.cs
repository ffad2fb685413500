using Foresee.Evaluation;
using Foresee.Inference.Suggesting;
using Foresee.Studies;

namespace Foresee.Tests.Studies;

public sealed class SuggestionOutcomeTests
{
    private static IReadOnlyList<SuggestionOutcome> Of(double[] random, double[] coverage) => SuggestionOutcome.Of([
        .. random.Select((value, draw) => Row("random", draw, value)), .. coverage.Select((value, draw) => Row("coverage", draw, value))]);

    private static EvaluationResult Row(string rule, int draw, double value) => new("data", "run", $"linear, {rule}", "100", draw, value, 1);

    /// <summary>Differences 3, 4, 5: mean 4, deviation 1, t(2) = 4.3027, so ± 2.484.</summary>
    [Fact]
    public void The_gain_is_paired_over_draws()
    {
        var outcome = Of([50, 60, 70], [53, 64, 75]).Single(outcome => outcome.Rule == "coverage");
        Assert.Equal(4, outcome.Gain!.Value.Mean, 1e-9);
        Assert.Equal(4.3027 / Math.Sqrt(3), outcome.Gain.Value.HalfWidth!.Value, 1e-3);
        Assert.Equal("With 100 labels, coverage is better than chance by +4.0 ± 2.5 points (95 % interval, paired).", outcome.InWords());
    }

    [Theory]
    [InlineData(new double[] { 50, 60 }, new double[] { 40, 49.8 }, "is WORSE than chance by -10.1")]
    [InlineData(new double[] { 50, 60 }, new double[] { 51, 59 }, "is not told apart from chance (0.0")]
    [InlineData(new double[] { 50 }, new double[] { 51 }, "in one draw, which tells nothing")]
    public void Words_say_no_more_than_the_draws(double[] random, double[] coverage, string expected)
    {
        var outcomes = Of(random, coverage);
        Assert.Null(outcomes.Single(outcome => outcome.Rule == "random").Gain);
        Assert.Contains(expected, outcomes.Single(outcome => outcome.Rule == "coverage").InWords(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_that_cant_be_measured_is_refused_in_words()
    {
        void Refuses(string words, SuggestionTrialPlan plan) =>
            Assert.Contains(words, Assert.Throws<ArgumentException>(() => plan.Validate(100)).Message, StringComparison.Ordinal);
        Refuses("rising numbers of labels above 0, got 5, 5", new([5, 5], [null]));
        Refuses("50 labels can't be chosen from 40 images", new([10, 50], [SuggestionRule.CoreSet]) { Pool = 40 });
        Refuses("got 0 and", new([10], [null]) { Draws = 0 });
        new SuggestionTrialPlan([10, 50], [null]).Validate(100);
    }
}
