using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class ClassBalanceTests
{
    [Fact]
    public void Weights_have_mean_one_and_the_same_sum_in_each_class()
    {
        int[] labels = [0, 0, 0, 0, 2, 2, 4]; // 1 and 3 do not occur
        var weights = ClassBalance.Weights(labels);
        Assert.Equal(labels.Length, weights.Sum(), 12);
        Assert.All(new[] { 0, 2, 4 }, c => Assert.Equal(7.0 / 3, weights.Where((_, i) => labels[i] == c).Sum(), 12));
    }

    [Fact]
    public void Priors_are_the_logarithms_of_frequencies_and_finite_without_labels()
    {
        using var scope = TensorScope.Begin();
        var priors = ClassBalance.LogPriors([0, 0, 0, 1], 3).ToArray<float>();
        Assert.Equal([Math.Log(0.75), Math.Log(0.25), Math.Log(0.25)], priors.Select(p => (double)p), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Each_class_counts_the_same_in_the_accuracy_per_class()
    {
        Assert.Equal(75, Accuracy.PerClass([0, 0, 0, 0], [0, 0, 0, 0]) * 0.75, 12);
        Assert.Equal(50, Accuracy.PerClass([0, 0, 0, 0], [0, 0, 0, 1]), 12);   // top-1: 75
        Assert.Equal(100 * (2 / 3.0 + 1) / 2, Accuracy.PerClass([0, 2, 0, 1], [0, 0, 0, 1]), 12);
        Assert.Throws<ArgumentException>(() => Accuracy.PerClass([0], [0, 1]));
    }

    /// <summary>
    /// Two clouds that overlap, 400 examples of one and 40 of the other: the boundary between even classes lies half way, which only the
    /// balanced probe finds.
    /// </summary>
    [Fact]
    public void A_balanced_probe_leans_towards_no_class()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor Cloud(int count, double centre) => Tensor.RandN([count, 2], generator) * 0.5 + centre;
        Tensor Clouds(int first, int second) => Tensor.Cat([Cloud(first, 0), Cloud(second, 0.7)], 0);
        int[] labels = [.. Enumerable.Repeat(0, 400), .. Enumerable.Repeat(1, 40)],
            even = [.. Enumerable.Repeat(0, 2000), .. Enumerable.Repeat(1, 2000)];
        var (features, test) = (Clouds(400, 40), Clouds(2000, 2000));
        using var balanced = LinearProbe.Fit(features, labels, 2, new() { Balanced = true });
        using var leaning = LinearProbe.Fit(features, labels, 2, new());
        int Second(LinearProbe probe) => probe.Predict(test).Count(c => c == 1);
        Assert.InRange(Second(balanced), 1700, 2300);
        Assert.InRange(Second(leaning), 0, 1200);
        Assert.True(Accuracy.Top1(balanced.Predict(test), even) > Accuracy.Top1(leaning.Predict(test), even) + 5);
    }
}
