using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class LinearProbeTests
{
    /// <summary>Three clouds around far-apart corners, in turn.</summary>
    internal static Tensor Clouds(int count, double spread, ulong seed)
    {
        using var generator = new Generator(seed);
        var centres = Tensor.From([1f, 0, 0, 0, 0, 1f, 0, 0, 0, 0, 1f, 0], 3, 4);
        var rows = centres.IndexSelect(0, Tensor.From([.. Enumerable.Range(0, count).Select(i => (long)(i % 3))]));
        return rows + Tensor.RandN([count, 4], generator) * spread;
    }

    internal static int[] Turns(int count) => [.. Enumerable.Range(0, count).Select(i => i % 3)];

    [Fact]
    public void Clouds_far_apart_are_told_apart()
    {
        using var scope = TensorScope.Begin();
        using var probe = LinearProbe.Fit(Clouds(30, 0.1, 1), Turns(30), 3, new());
        Assert.Equal(100, Accuracy.Top1(probe.Predict(Clouds(300, 0.1, 2)), Turns(300)));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(10)] // many labels: by accuracy first
    public void Of_decays_with_equally_many_right_the_surer_one_is_chosen(int limit)
    {
        using var scope = TensorScope.Begin();
        // Far apart, every decay gets all held-out labels right; a strong one only hardly prefers any class.
        using var probe = LinearProbe.Fit(Clouds(60, 0.05, 4), Turns(60), 3, new(FoldLimit: limit) { Decays = [100, 1e-3] });
        Assert.Equal(1e-3, probe.Decay);
    }

    /// <summary>The classes differ where features vary most, or where they vary least.</summary>
    [Theory]
    [InlineData(true, 1000)]
    [InlineData(false, 1000)]
    [InlineData(true, 50)] // chosen on a sample
    public void Features_count_the_same_or_by_how_much_they_vary_as_held_out_labels_have_it(bool loud, int limit)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor Raw(int count, ulong seed)
        {
            var (clouds, noise) = (Clouds(count, 0.4, seed), Tensor.RandN([count, 60], generator));
            return loud ? Tensor.Cat([clouds * 10, noise], 1) : Tensor.Cat([clouds, noise * 2], 1);
        }
        var (few, test) = (Raw(90, 1), Raw(600, 2));
        var scaling = FeatureScaling.Fit(Raw(600, 3), new());
        var spread = scaling.Spread()!;
        Assert.Equal(1, spread.Square().Mean().ToDouble(), 1e-5);
        var options = new LinearProbeOptions(FoldLimit: limit);
        LinearProbe Fit(Tensor? choice) => LinearProbe.Fit(scaling.Apply(few), Turns(90), 3, options, spread: choice);
        using var given = Fit(null);
        using var chosen = Fit(spread);
        double Right(LinearProbe probe) => Accuracy.Top1(probe.Predict(scaling.Apply(test)), Turns(600));
        if (loud) Assert.True(Right(chosen) > Right(given) + 2, $"{Right(chosen)} and {Right(given)}");
        else Assert.Equal(given.Weights.ToArray<float>(), chosen.Weights.ToArray<float>());
    }

    [Fact]
    public void The_decay_is_the_one_a_slow_cross_validation_finds()
    {
        using var scope = TensorScope.Begin();
        var (features, labels) = (Clouds(24, 0.8, 5), Turns(24));
        double[] decays = [0.3, 0.03, 0.003];
        using var probe = LinearProbe.Fit(features, labels, 3, new(Folds: 4) { Decays = decays });
        // The members of a class are dealt out to the folds in turn, so example i, of class i % 3, falls in fold (i / 3 + 1) % 4.
        var scores = decays.Select(decay => Enumerable.Range(0, 4).Sum(held =>
        {
            long[] inside = [.. Enumerable.Range(0, 24).Where(i => (i / 3 + 1) % 4 != held).Select(i => (long)i)];
            long[] outside = [.. Enumerable.Range(0, 24).Where(i => (i / 3 + 1) % 4 == held).Select(i => (long)i)];
            using var regression = new LogisticRegression(features.IndexSelect(0, Tensor.From(inside)), [.. inside.Select(i => labels[i])],
                3);
            var weights = regression.Weights(regression.Solve(decay));
            var logits = features.IndexSelect(0, Tensor.From(outside)).MatMul(weights.Narrow(0, 0, 4)) + weights.Select(0, 4);
            var logs = logits.LogSoftmax(1).ToArray<float>();
            return outside.Select((i, row) => (double)logs[row * 3 + labels[i]]).Sum();
        })).ToArray();
        Assert.Equal(decays[Array.IndexOf(scores, scores.Max())], probe.Decay);
    }

    [Fact]
    public void Labels_of_the_test_images_change_nothing_in_the_probe()
    {
        using var scope = TensorScope.Begin();
        var (features, labels, test) = (Clouds(30, 0.5, 6), Turns(30), Clouds(300, 0.5, 7));
        using var before = LinearProbe.Fit(features, labels, 3, new());
        var truth = Turns(300);
        var first = Accuracy.Top1(before.Predict(test), truth);
        int[] wrong = [.. truth.Select(label => (label + 1) % 3)];
        using var after = LinearProbe.Fit(features, labels, 3, new());
        var second = Accuracy.Top1(after.Predict(test), wrong);
        Assert.Equal(before.Weights.ToArray<float>(), after.Weights.ToArray<float>());
        Assert.True(first > 80 && second < 20);
    }

    [Fact]
    public void A_class_with_one_label_leaves_the_decay_to_the_others()
    {
        using var scope = TensorScope.Begin();
        int[] labels = [.. Turns(60), 3];
        var features = Tensor.Cat([Clouds(60, 0.5, 6), Clouds(1, 0.5, 7) + 3]);
        using var rare = LinearProbe.Fit(features, labels, 4, new() { FallbackDecay = 0.02 });
        using var without = LinearProbe.Fit(Clouds(60, 0.5, 6), Turns(60), 3, new());
        Assert.NotEqual(0.02, rare.Decay);
        Assert.InRange(Math.Log10(rare.Decay / without.Decay), -1.1, 1.1);
        Assert.Equal(3, rare.Predict(Clouds(1, 0.5, 7) + 3)[0]);
    }

    [Fact]
    public void One_label_per_class_falls_back_to_the_stated_decay()
    {
        using var scope = TensorScope.Begin();
        using var probe = LinearProbe.Fit(Clouds(3, 0.1, 8), Turns(3), 3, new() { FallbackDecay = 0.02 });
        Assert.Equal(0.02, probe.Decay);
        Assert.Equal([0, 1, 2], probe.Predict(Clouds(3, 0.1, 9)));
    }
}
