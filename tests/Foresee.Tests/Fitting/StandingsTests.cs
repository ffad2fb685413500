using Foresee.Evaluation.Protocols;
using Foresee.Fitting;

namespace Foresee.Tests.Fitting;

public sealed class StandingsTests
{
    private static readonly Candidate Linear = new("own", StartKind.Own, new Linear()), Spreading = new("own", StartKind.Own,
        new LabelSpreading()), Frozen = new("imagenet-resnet18", StartKind.Pretrained, new Linear());

    private static double Expected(Candidate candidate, double labels = 10) =>
        PriorGains.Of(candidate.Kind, candidate.Protocol.Name, labels, 3);

    /// <summary>A fold with so many images right of all, the first ones.</summary>
    private static FoldScore Fold(Candidate candidate, int images, int right, double seconds = 1) => new(candidate, 0,
        [.. Enumerable.Range(0, images)],
        [.. Enumerable.Range(0, images).SelectMany(i => i < right ? new[] { 1f, 0f } : [0f, 1f])], seconds);

    private static IReadOnlyList<Standing> Of(int images, Func<Candidate, double> expected, params FoldScore[] folds) => Standings.Of(
        folds.GroupBy(fold => fold.Candidate).ToDictionary(group => group.Key, group => (IReadOnlyList<FoldScore>)[.. group]),
        new int[images], expected);

    [Fact]
    public void Many_images_decide_whatever_was_expected()
    {
        var standings = Of(1000, candidate => Expected(candidate), Fold(Linear, 1000, 800), Fold(Frozen, 1000, 700));
        Assert.Equal(Linear, Standings.Choose(standings).Candidate);
        Assert.Equal(80, standings[0].Accuracy!.Value.Mean);
        Assert.InRange(standings[1].Ahead, -10, -9); // of 10 points measured, little is drawn towards the 12 expected
        Assert.True(Standings.IsHopeless(standings[1], standings[0]));
    }

    [Fact]
    public void Few_images_leave_the_choice_to_what_did_better_elsewhere()
    {
        // One more right of 10 is nothing against 12 points on other images.
        var standings = Of(10, candidate => Expected(candidate), Fold(Linear, 10, 6), Fold(Frozen, 10, 5));
        Assert.Equal(Frozen, Standings.Choose(standings).Candidate);
        Assert.False(Standings.IsHopeless(standings[1], standings[0]));
    }

    [Fact]
    public void A_better_candidate_that_would_not_end_in_time_is_told_with_its_lead()
    {
        var standings = Of(1000, candidate => Expected(candidate), Fold(Linear, 1000, 800), Fold(Frozen, 1000, 700));
        var words = Choice.InWords(standings, standings[1], 1000, new HashSet<Candidate> { Linear });
        Assert.Contains(FormattableString.Invariant($"; {Linear} is about {-standings[1].Ahead:0.0} points ahead, but"), words,
            StringComparison.Ordinal);
        Assert.Contains("would not end in time", words, StringComparison.Ordinal);
        Assert.Contains("as good by all that can be told", Choice.InWords(standings, standings[1], 1000, new HashSet<Candidate>()),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_weight_of_a_paired_difference_is_that_of_the_formula()
    {
        // b = 30 images only the one tells right, c = 0: D = 10 points of 300 images.
        var standings = Of(300, _ => 0, Fold(Linear, 300, 150), Fold(Spreading, 300, 120));
        var (noise, prior) = (1e4 * (31 / 300.0 - 0.01) / 300, 2 * Math.Pow(PriorGains.ProtocolSpread, 2));
        var weight = prior / (prior + noise);
        Assert.Equal(-10 * weight, standings.Single(s => s.Candidate == Spreading).Ahead, 1e-9);
        Assert.Equal(Math.Sqrt(weight * noise), standings.Single(s => s.Candidate == Spreading).Spread, 1e-9);
    }

    [Fact]
    public void Those_that_nothing_tells_apart_are_told_apart_by_their_cost()
    {
        var standings = Of(500, _ => 0, Fold(Spreading, 500, 400, seconds: 2), Fold(Linear, 500, 400, seconds: 9));
        Assert.Equal(Linear, Standings.Choose(standings).Candidate);
    }

    [Fact]
    public void A_candidate_of_fewer_folds_is_compared_on_the_images_that_both_were_measured_on()
    {
        // The long one told 90 of the first 100 right and none of the others; the short one 80 of the first 100: 10 points behind.
        var standings = Of(1000, _ => 0, Fold(Linear, 1000, 90), Fold(Spreading, 100, 80));
        Assert.Equal(Linear, standings[0].Candidate);
        Assert.True(standings[1].Ahead < -3);
    }

    [Fact]
    public void The_expected_gains_are_those_of_the_tables_and_lie_between_them()
    {
        Assert.Equal(2, PriorGains.Of(StartKind.Own, "semi-supervised", 10, 3));
        Assert.Equal(4.3, PriorGains.Of(StartKind.Own, "semi-supervised", 50, 3), 1e-9);
        Assert.InRange(PriorGains.Of(StartKind.Own, "semi-supervised", 25, 3), 3, 4);
        Assert.Equal(PriorGains.Of(StartKind.Pixels, "supervised", 1000, 1), PriorGains.Of(StartKind.Pixels, "supervised", 5000, 1));
        Assert.True(PriorGains.Of(StartKind.Pretrained, "linear", 10, 3) > PriorGains.Of(StartKind.Pretrained, "linear", 10, 1));
    }
}
