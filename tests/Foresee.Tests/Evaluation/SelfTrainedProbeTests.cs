using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class SelfTrainedProbeTests
{
    private const int Classes = 3, Width = 8;

    /// <summary>Clouds around class means; each image in its own turn.</summary>
    private static (Tensor Features, int[] Labels) Clouds(int count, ulong seed, double spread)
    {
        using var means = new Generator(1);
        using var noise = new Generator(seed);
        int[] labels = [.. Enumerable.Range(0, count).Select(i => i % Classes)];
        var centre = Tensor.RandN([Classes, Width], means).IndexSelect(0, Tensor.From(Array.ConvertAll(labels, label => (long)label)));
        return ((centre + Tensor.RandN([count, Width], noise) * spread) / Math.Sqrt(Width * (1 + spread * spread)), labels);
    }

    [Fact]
    public void Unlabelled_images_teach_what_one_label_a_class_does_not()
    {
        using var scope = TensorScope.Begin();
        var ((few, labels), (unlabelled, _), (test, truth)) = (Clouds(3, 7, 1.2), Clouds(1500, 8, 1.2), Clouds(900, 9, 1.2));
        using var alone = LinearProbe.Fit(few, labels, Classes, new());
        using var taught = SelfTrainedProbe.Fit(unlabelled, few, labels, Classes, new(), new());
        var (before, after) = (Accuracy.Top1(alone.Predict(test), truth), Accuracy.Top1(taught.Predict(test), truth));
        Assert.True(after > before + 3, $"self-trained {after}, the probe alone {before}");
    }

    [Fact]
    public void Targets_and_certainty_are_those_of_the_equations()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var p = Tensor.RandN([5, Classes], generator).LogSoftmax(1).Exp();
        var (given, q) = (p.ToArray<float>(), SelfTrainedProbe.Targets(p, 1.5));
        var (got, sure) = (q.ToArray<float>(), SelfTrainedProbe.Certainty(q).ToArray<float>());
        for (var i = 0; i < 5; i++)
        {
            double[] shared = [.. Enumerable.Range(0, Classes).Select(c =>
                Math.Pow(given[i * Classes + c], 1.5) / Enumerable.Range(0, 5).Sum(row => given[row * Classes + c]))];
            var entropy = 0.0;
            for (var c = 0; c < Classes; c++)
            {
                var expected = shared[c] / shared.Sum();
                Assert.Equal(expected, got[i * Classes + c], 1e-5);
                entropy -= expected * Math.Log(expected);
            }
            Assert.Equal(1 - entropy / Math.Log(Classes), sure[i], 1e-5);
        }
    }

    /// <summary>Nothing is learnt from images that all look alike: what the labels say stays.</summary>
    [Fact]
    public void Images_that_say_nothing_do_no_harm()
    {
        using var scope = TensorScope.Begin();
        var ((few, labels), (test, truth)) = (Clouds(60, 7, 0.3), Clouds(300, 9, 0.3));
        using var taught = SelfTrainedProbe.Fit(Tensor.Zeros([200, Width]), few, labels, Classes, new(), new());
        Assert.InRange(Accuracy.Top1(taught.Predict(test), truth), 95, 100);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_with_all_faults()
    {
        var error = Assert.Throws<ArgumentException>(() => new SelfTrainingOptions(Images: 1, Rounds: 0, Sharpening: 0.5, Decay: 0)
            .Validate());
        Assert.Contains("Images must be 2 or more, got 1; Rounds must be 1 or more, got 0; Sharpening", error.Message,
            StringComparison.Ordinal);
    }
}
