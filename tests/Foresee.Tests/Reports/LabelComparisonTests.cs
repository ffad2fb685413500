using Foresee.Evaluation;
using Foresee.Reports;

namespace Foresee.Tests.Reports;

public sealed class LabelComparisonTests
{
    [Fact]
    public void Curves_are_means_over_draws_in_growing_order_of_labels()
    {
        var comparison = LabelComparison.From(Samples.Results().Reverse(), "linear", "pixels", Samples.Names);
        Assert.Equal("CPC + linear probe", comparison.Method.Name);
        Assert.Equal("labels per class", comparison.Unit);
        Assert.Equal([10, 25, 60, 200], comparison.Method.Points.Select(p => p.Amount));
        Assert.Equal([76.5, 81, 84.5, 87.5], comparison.Method.Points.Select(p => p.Top1.Mean));
        Assert.All(comparison.Method.Points, p => Assert.Equal(3, p.Draws));
    }

    [Fact]
    public void Differences_pair_equal_draws_whatever_their_order()
    {
        EvaluationResult[] rows = [Row("linear", 0, 70), Row("linear", 1, 80), Row("linear", 2, 90), Row("pixels", 1, 78), Row("pixels", 0, 67), Row("pixels", 5, 0)];
        var difference = Assert.Single(LabelComparison.From(rows, "linear", "pixels").Differences).Difference;
        Assert.Equal(2.5, difference.Mean, 1e-12); // draws 0 and 1 only: 3 and 2
        Assert.Equal(Statistics.Confidence([3, 2]), difference);
    }

    [Fact]
    public void All_labels_leave_a_probe_no_spread_but_a_trained_network_its_seeds()
    {
        EvaluationResult[] rows = [.. Enumerable.Range(0, 3).SelectMany(draw => new[] { Row("linear", draw, 70, "100%"), Row("pixels", draw, 80, "100%") })];
        var comparison = LabelComparison.From(rows, "linear", "pixels");
        Assert.Equal(new Interval(70, null), comparison.Method.Points[0].Top1);
        Assert.Equal(new Interval(80, 0) { OfShares = true }, comparison.Rival!.Points[0].Top1);
        var less = LabelComparison.From([.. rows.Select(row => row.Protocol == "linear" ? row with { Value = 90 } : row)], "linear", "pixels");
        Assert.Equal("not measured", Assert.Single(less.Savings).ToString());
    }

    [Fact]
    public void Labels_saved_are_read_off_the_two_curves()
    {
        EvaluationResult[] rows = [Row("linear", 0, 70), Row("pixels", 0, 60), Row("pixels", 0, 80, "40/class")];
        var saving = Assert.Single(LabelComparison.From(rows, "linear", "pixels").Savings);
        Assert.Equal(2, saving.Factor, 1e-12); // half way between 10 and 40 on the log axis
    }

    [Theory]
    [InlineData("linear", "neighbours", "10/class", "10/class", null)]
    [InlineData("pixels", "pixels", "10/class", "10/class", "rows of protocol 'linear'")]
    [InlineData("linear", "linear", "10/class", "10/class", "one row per protocol")]
    [InlineData("linear", "pixels", "10/class", "1%", "one unit")]
    [InlineData("linear", "pixels", "10/class", "some", "'some'")]
    public void What_cannot_be_compared_is_named(string first, string second, string firstLabels, string secondLabels, string? says)
    {
        EvaluationResult[] rows = [Row(first, 0, 70, firstLabels), Row(second, 0, 60, secondLabels)];
        var error = Record.Exception(() => LabelComparison.From(rows, "linear", "pixels"));
        if (says is null) Assert.Null(error);
        else Assert.Contains(says, Assert.IsType<ArgumentException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_headline_states_accuracy_difference_and_labels_saved() => Assert.Equal(
        [
            "Top-1 accuracy with 10 labels per class: CPC + linear probe 76.5 % (95 % interval 74.6 to 78.4, 3 draws), network from pixels 72.8 % (95 % interval 71.2 to 74.3, 3 draws).",
            "The difference is +3.7 points, paired 95 % interval +3.4 to +4.1.",
            "Labels saved at 10 labels per class: 1.9 times, network from pixels needs 19 labels per class to be as accurate.",
        ],
        Headline.Sentences(Samples.Comparison()).Take(3));

    [Fact]
    public void A_difference_within_chance_is_called_so()
    {
        EvaluationResult[] rows = [Row("linear", 0, 70), Row("linear", 1, 71), Row("pixels", 0, 71), Row("pixels", 1, 69)];
        Assert.Contains("do not tell the two apart", Headline.Sentences(LabelComparison.From(rows, "linear", "pixels"))[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_protocol_is_not_compared_with_itself()
    {
        var alone = LabelComparison.From([Row("pixels", 0, 71), Row("pixels", 1, 69)], "pixels", "pixels");
        Assert.Null(alone.Rival);
        Assert.Single(Headline.Sentences(alone));
    }

    [Theory]
    [InlineData("linear", "supervised", "linear", "finetuned", "scratch", "pixels")] // names of Foresee 0.1 are read as today's
    [InlineData("fine-tuned", "random-init", "linear", "fine-tuned", "random-init")]
    [InlineData("linear", "random-init", "linear", "random-init")]
    [InlineData("random-init", null, "random-init")]
    public void Without_the_supervised_baseline_the_same_network_without_pretraining_is_compared_with(string method, string? rival, params string[] measured)
    {
        var comparison = LabelComparison.From([.. measured.Select((protocol, i) => Row(protocol, 0, 70 + i))]);
        Assert.Equal((method, rival), (comparison.Method.Name, comparison.Rival?.Name));
        Assert.Equal(measured.Select(KnownProtocols.NameOf).Order(), comparison.Curves.Select(curve => curve.Name).Order());
    }

    [Theory]
    [InlineData(90, "more than 4.0 times")]
    [InlineData(50, ": none, supervised is more accurate")]
    [InlineData(70, "2.0 times, supervised needs 20 labels per class")]
    public void Each_reading_of_the_factor_has_its_words(double accuracy, string says)
    {
        EvaluationResult[] rows = [Row("linear", 0, accuracy), Row("pixels", 0, 60), Row("pixels", 0, 80, "40/class")];
        Assert.Contains(says, Headline.Sentences(LabelComparison.From(rows, "linear", "pixels"))[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_of_several_metrics_are_no_curve()
    {
        EvaluationResult[] rows = [Row("linear", 0, 70), Row("linear", 1, 71) with { Metric = "map" }];
        Assert.Contains("top1, map", Assert.Throws<ArgumentException>(() => LabelComparison.From(rows)).Message, StringComparison.Ordinal);
    }

    private static EvaluationResult Row(string protocol, int draw, double top1, string labels = "10/class") => new("data", "recipe", protocol, labels, draw, top1, 1);
}
