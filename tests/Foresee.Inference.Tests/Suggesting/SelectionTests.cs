using Foresee.Inference.Suggesting;

namespace Foresee.Inference.Tests.Suggesting;

public sealed class SelectionTests
{
    [Fact]
    public void Core_set_takes_again_and_again_what_is_farthest()
    {
        var rows = Rows.Of([0, 0], [1, 0], [0, 2], [5, 5], [6, 5], [9, 0]);
        Suggestion[] chosen = [.. CoreSet.Choose(rows, new Chosen(rows, [0]), 3, seed: 0, threads: 1, CancellationToken.None)];
        Assert.Equal([5, 3, 2], chosen.Select(suggestion => suggestion.Row));
        double[] distances = [9, 6.4031, 2]; // by hand
        Assert.All(distances.Zip(chosen), pair => Assert.Equal(pair.First, pair.Second.Score, 1e-4));
    }

    [Fact]
    public void Typicality_is_the_inverse_of_the_mean_distance_to_the_nearest_members()
    {
        var rows = Rows.ByChance(60, 5, seed: 4);
        int[] members = [.. Enumerable.Range(10, 14)];
        var found = Typicality.Of(rows, members);
        for (var i = 0; i < members.Length; i++)
        {
            var nearest = members.Where(other => other != members[i]).Select(other => Rows.Distance(rows, members[i], other)).Order();
            Assert.Equal(1 / (nearest.Take(7).Average() + 1e-5), found[i], 1e-3); // min(20, 14 / 2)
        }
    }

    [Fact]
    public void Clusters_are_a_fixed_point_of_lloyds_rounds_and_do_not_hang_on_threads()
    {
        var rows = Rows.Around([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], [40, 10, 25, 60], spread: 1);
        var cluster = Clusters.Of(rows, 4, seed: 1, threads: 1, CancellationToken.None);
        Assert.Equal(cluster, Clusters.Of(rows, 4, seed: 1, threads: 2, CancellationToken.None));
        Assert.Equal([10, 25, 40, 60], cluster.CountBy(c => c).Select(pair => pair.Value).Order());
        var means = Enumerable.Range(0, 4).Select(c => Enumerable.Range(0, 3).Select(k =>
            cluster.Index().Where(pair => pair.Item == c).Average(pair => (double)rows[pair.Index][k])).ToArray()).ToArray();
        Assert.All(cluster.Index(), pair => Assert.Equal(pair.Item, Enumerable.Range(0, 4).MinBy(c =>
            Enumerable.Range(0, 3).Sum(k => Math.Pow(rows[pair.Index][k] - means[c][k], 2)))));
    }

    [Fact]
    public void As_many_clusters_as_rows_are_the_rows() =>
        Assert.Equal([0, 1, 2], Clusters.Of(Rows.ByChance(3, 2, seed: 0), 5, seed: 0, threads: 1, CancellationToken.None));

    [Fact]
    public void Equal_rows_have_clusters_too() =>
        Assert.Equal(9, Clusters.Of(Rows.Of([.. Enumerable.Repeat(new float[] { 1, 2 }, 9)]), 3, seed: 0, threads: 1,
            CancellationToken.None).Length);

    /// <summary>One each from three groups, which chance finds in one of six draws.</summary>
    [Fact]
    public void Coverage_takes_a_typical_row_of_each_group_the_largest_first()
    {
        var rows = Rows.Around([[9, 0, 0], [0, 9, 0], [0, 0, 9]], [120, 80, 40], spread: 1);
        var chosen = Suggester.Choose(new(rows, [], 3) { Rule = SuggestionRule.Coverage, Threads = 1 });
        Assert.Equal([0, 1, 2], chosen.Select(suggestion => GroupOf(suggestion.Row)));
        Assert.Contains("typical of 120 images that are alike, none of them labelled", chosen[0].Reason, StringComparison.Ordinal);
        var compared = ComparableRows.Of(rows, 1, CancellationToken.None);
        int[] large = [.. Enumerable.Range(0, 120)];
        Assert.Equal(Typicality.Of(compared, large).Max(), chosen[0].Score, 1e-6);
    }

    [Fact]
    public void Coverage_goes_where_no_label_is()
    {
        var rows = Rows.Around([[9, 0, 0], [0, 9, 0], [0, 0, 9]], [120, 80, 40], spread: 1);
        var chosen = Suggester.Choose(new(rows, [0, 1], 1) { Rule = SuggestionRule.Coverage, Threads = 1 });
        Assert.Equal(1, GroupOf(chosen.Single().Row)); // the largest without a label
        Assert.Contains(chosen[0].Nearest!.Value, new[] { 0, 1 });
        var compared = ComparableRows.Of(rows, 1, CancellationToken.None);
        Assert.Equal(1 - Math.Pow(Rows.Distance(compared, chosen[0].Row, chosen[0].Nearest!.Value), 2) / 2, chosen[0].Similarity, 1e-5);
    }

    private static int GroupOf(int row) => row < 120 ? 0 : row < 200 ? 1 : 2;

    /// <summary>Rows 0, 1 and 2 are equally unsure and alike; one of them is enough, and then comes another question.</summary>
    [Fact]
    public void Margin_asks_the_least_sure_of_each_kind()
    {
        var rows = Rows.Of([.. new[] { 0f, 0.1f, 0.2f, 9, 9.2f, 20, 20.2f }.Select(x => new[] { MathF.Cos(x / 7), MathF.Sin(x / 7) })]);
        float[] sure = [0.51f, 0.52f, 0.53f, 0.6f, 0.7f, 0.95f, 0.99f];
        var probabilities = new ClassProbabilities([.. sure.SelectMany(p => new[] { 1 - p, p })], ["cat", "dog"]);
        var chosen = Suggester.Choose(new(rows, [], 2) { Rule = SuggestionRule.Margin, Probabilities = probabilities, Threads = 1 });
        Assert.Equal(0, chosen[0].Row);
        Assert.Equal(0.02, chosen[0].Score, 1e-6);
        Assert.Equal("dog (51 %) or cat (49 %)?", chosen[0].Reason);
        Assert.DoesNotContain(chosen[1].Row, new[] { 1, 2 });
    }

    [Theory]
    [InlineData(SuggestionRule.Coverage)]
    [InlineData(SuggestionRule.CoreSet)]
    [InlineData(SuggestionRule.Margin)]
    public void Nothing_is_suggested_twice_nor_what_is_like_something_labelled(SuggestionRule rule)
    {
        var once = Rows.ByChance(40, 6, seed: 5);
        var rows = once.Select([.. Enumerable.Range(0, 40).SelectMany(row => new[] { row, row, row })]); // each three times
        var probabilities = new ClassProbabilities(
            [.. Enumerable.Range(0, 120).SelectMany(i => new[] { 0.5f + i % 40 / 100f, 0.5f - i % 40 / 100f })], ["a", "b"]);
        var chosen = Suggester.Choose(new(rows, [0, 4], 100) { Rule = rule, Probabilities = probabilities, Threads = 1 });
        int[] originals = [.. chosen.Select(suggestion => suggestion.Row / 3)];
        Assert.Equal(originals.Distinct(), originals);
        Assert.DoesNotContain(0, originals);
        Assert.DoesNotContain(1, originals);
        Assert.InRange(originals.Length, 30, 38);
    }

    [Theory]
    [InlineData(SuggestionRule.Coverage)]
    [InlineData(SuggestionRule.CoreSet)]
    [InlineData(SuggestionRule.Random)]
    public void The_same_seed_suggests_the_same_on_any_number_of_threads(SuggestionRule rule)
    {
        var rows = Rows.ByChance(500, 8, seed: 6);
        int[] Of(int seed, int threads) =>
            [.. Suggester.Choose(new(rows, [], 20) { Rule = rule, Seed = seed, Threads = threads }).Select(suggestion => suggestion.Row)];
        Assert.Equal(Of(1, 1), Of(1, 2));
        Assert.NotEqual(Of(1, 1), Of(2, 1));
        Assert.Equal(20, Of(1, 1).Distinct().Count());
    }

    [Theory]
    [InlineData(0, 10, SuggestionRule.Coverage)]
    [InlineData(99, 10, SuggestionRule.Coverage)]
    [InlineData(100, 10, SuggestionRule.Margin)]
    [InlineData(1000, 0, SuggestionRule.Coverage)] // no classifier
    public void Coverage_comes_first_and_uncertainty_later(int labels, int classes, SuggestionRule expected) =>
        Assert.Equal(expected, Suggester.Suited(labels, classes));

    [Fact]
    public void A_task_that_contradicts_itself_is_refused_in_words()
    {
        var rows = Rows.ByChance(10, 2, seed: 0);
        Assert.Contains("between 0 and 9, got 10", Assert.Throws<ArgumentException>(() => Suggester.Choose(new(rows, [10], 1))).Message,
            StringComparison.Ordinal);
        Assert.Contains("need 20 probabilities of 2 classes, got 3", Assert.Throws<ArgumentException>(() =>
            Suggester.Choose(new(rows, [], 1) { Probabilities = new(new float[3], ["a", "b"]) })).Message, StringComparison.Ordinal);
        Assert.Contains("got none", Assert.Throws<ArgumentException>(() =>
            Suggester.Choose(new(rows, [], 1) { Rule = SuggestionRule.Margin })).Message, StringComparison.Ordinal);
    }
}
