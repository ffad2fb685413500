using Foresee.Fitting;

namespace Foresee.Tests.Fitting;

public sealed class FoldsTests
{
    private static int[] Labels(params int[] counts) => [.. counts.SelectMany((count, label) => Enumerable.Repeat(label, count))];

    [Theory]
    [InlineData(5, 10, 10, 10)]
    [InlineData(5, 100, 7, 2)]
    [InlineData(3, 3, 3)]
    [InlineData(2, 2, 2, 2)]
    public void Every_image_is_held_out_once_and_every_class_is_always_learnt(int expected, params int[] counts)
    {
        var labels = Labels(counts);
        var folds = Folds.Of(labels, seed: 7);
        Assert.Equal(expected, folds.Count);
        Assert.Equal(labels.Length, folds.HeldOut);
        var all = Enumerable.Range(0, folds.Count).SelectMany(folds.Held).ToArray();
        Assert.Equal(Enumerable.Range(0, labels.Length), all.Order());
        for (var fold = 0; fold < folds.Count; fold++)
        {
            Assert.Empty(folds.Held(fold).Intersect(folds.Learnt(fold)));
            Assert.Equal(labels.Length, folds.Held(fold).Length + folds.Learnt(fold).Length);
            Assert.Equal(counts.Length, folds.Learnt(fold).Select(image => labels[image]).Distinct().Count());
            foreach (var (label, count) in counts.Index())
                Assert.InRange(folds.Held(fold).Count(image => labels[image] == label), count / expected,
                    (count + expected - 1) / expected);
            Assert.InRange(folds.Held(fold).Length, labels.Length / expected, (labels.Length + expected - 1) / expected);
        }
    }

    [Fact]
    public void The_only_image_of_a_class_is_never_held_out()
    {
        var labels = Labels(1, 6, 1, 4);
        var folds = Folds.Of(labels, seed: 0);
        Assert.Equal((5, 10), (folds.Count, folds.HeldOut));
        for (var fold = 0; fold < folds.Count; fold++)
            Assert.Equal([0, 7], folds.Learnt(fold).Where(image => labels[image] is 0 or 2));
    }

    [Fact]
    public void Copies_of_an_image_are_in_one_fold_and_every_class_is_always_learnt()
    {
        int[] labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
        string[] contents = ["a", "b", "a", "c", "d", "e", "f", "g", "g", "a"]; // class 2 is one image twice, class 3 a copy of class 0
        for (var seed = 0; seed < 20; seed++)
        {
            var folds = Folds.Of(labels, seed, contents: contents);
            Assert.Equal(5, folds.HeldOut); // b, c; d, e, f
            for (var fold = 0; fold < folds.Count; fold++)
            {
                Assert.NotEmpty(folds.Held(fold));
                Assert.Empty(folds.Held(fold).Select(i => contents[i]).Intersect(folds.Learnt(fold).Select(i => contents[i])));
                Assert.Equal(4, folds.Learnt(fold).Select(i => labels[i]).Distinct().Count());
            }
        }
        var twice = Folds.Of([0, 0, 0, 1, 1], 0, contents: ["a", "b", "b", "c", "d"]);
        Assert.Equal((2, 5), (twice.Count, twice.HeldOut));
        Assert.Single(Enumerable.Range(0, 2), fold => twice.Held(fold).Contains(1) && twice.Held(fold).Contains(2));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 9, 1)]
    public void Where_fewer_than_two_classes_have_two_images_nothing_is_held_out(params int[] counts) =>
        Assert.Equal(0, Folds.Of(Labels(counts), seed: 0).Count);

    [Fact]
    public void Another_seed_deals_other_folds_and_the_same_the_same()
    {
        var labels = Labels(20, 20);
        Assert.Equal(Folds.Of(labels, 1).Held(0), Folds.Of(labels, 1).Held(0));
        Assert.NotEqual(Folds.Of(labels, 1).Held(0), Folds.Of(labels, 2).Held(0));
    }
}
