using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Tests.Losses;

public sealed class InfoNceTests
{
    /// <summary>The formula, one term after the other, in double.</summary>
    private static double SlowLoss(float[] p, float[] t, long[] y, int size)
    {
        double Score(int i, int j) => Enumerable.Range(0, size).Sum(k => (double)p[i * size + k] * t[j * size + k]);
        var (n, m) = (p.Length / size, t.Length / size);
        return Enumerable.Range(0, n).Average(i => Math.Log(Enumerable.Range(0, m).Sum(j => Math.Exp(Score(i, j)))) - Score(i, (int)y[i]));
    }

    [Fact]
    public void Equals_a_slow_loop()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var (p, t) = (Tensor.RandN([30, 8], generator), Tensor.RandN([50, 8], generator));
        var y = Tensor.RandInt(0, 50, [30], generator);
        var expected = SlowLoss(p.ToArray<float>(), t.ToArray<float>(), y.ToArray<long>(), 8);
        Assert.Equal(expected, InfoNce.Compute(p, t, y).Loss.ToDouble(), 1e-5);
    }

    [Theory]
    [InlineData(40, 60)]
    [InlineData(1500, 2304)] // several blocks
    public void Loss_gradients_and_accuracy_equal_the_plain_version(int n, int m)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var (p, t) = (Tensor.RandN([n, 16], generator), Tensor.RandN([m, 16], generator));
        var y = Tensor.RandInt(0, m, [n], generator);
        p.RequiresGrad = t.RequiresGrad = true;
        var scores = p.MatMul(t.T());
        var plain = -scores.LogSoftmax(1).Gather(1, y.Unsqueeze(1)).Mean();
        var expected = Autograd.Gradients([plain], [p, t]);
        var (loss, correct) = InfoNce.Compute(p, t, y);
        (loss * 1.5).Backward();
        Assert.Equal(plain.ToDouble(), loss.ToDouble(), 1e-5);
        Assert.Equal(scores.ArgMax(1).Equal(y).To(DType.Float32).Mean().ToDouble(), correct.ToDouble(), 1e-6);
        Assert.True((p.Grad! - expected[0]! * 1.5).Abs().Max().ToDouble() < 1e-6);
        Assert.True((t.Grad! - expected[1]! * 1.5).Abs().Max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Groups_are_scored_as_if_each_were_alone()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        var (p, t) = (Tensor.RandN([20, 4], generator), Tensor.RandN([30, 4], generator));
        p.RequiresGrad = t.RequiresGrad = true;
        var y = Tensor.RandInt(0, 15, [20], generator) + Tensor.Arange(20).Greater(9).To(DType.Int64) * 15;
        var halves = (InfoNce.Compute(p.Narrow(0, 0, 10), t.Narrow(0, 0, 15), y.Narrow(0, 0, 10)).Loss
            + InfoNce.Compute(p.Narrow(0, 10, 10), t.Narrow(0, 15, 15), y.Narrow(0, 10, 10) - 15).Loss) / 2;
        var expected = Autograd.Gradients([halves], [p, t]);
        var loss = InfoNce.Compute(p, t, y, groups: 2).Loss;
        var actual = Autograd.Gradients([loss], [p, t]);
        Assert.Equal(halves.ToDouble(), loss.ToDouble(), 1e-5);
        Assert.True((actual[0]! - expected[0]!).Abs().Max().ToDouble() < 1e-6);
        Assert.True((actual[1]! - expected[1]!).Abs().Max().ToDouble() < 1e-6);
        Assert.Throws<ArgumentException>(() => InfoNce.Compute(p, t, y, groups: 3));
    }

    [Fact]
    public void The_gradient_is_that_of_finite_differences()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        var (p, t) = (Tensor.RandN([4, 3], generator), Tensor.RandN([6, 3], generator));
        var y = Tensor.From([0L, 5L, 2L, 2L]);
        p.RequiresGrad = true;
        InfoNce.Compute(p, t, y).Loss.Backward();
        var gradient = p.Grad!.ToArray<float>();
        var (values, targets, labels) = (p.ToArray<float>(), t.ToArray<float>(), y.ToArray<long>());
        for (var i = 0; i < values.Length; i++)
        {
            const float Step = 1e-3f;
            float[] up = [.. values], down = [.. values];
            up[i] += Step;
            down[i] -= Step;
            var expected = (SlowLoss(up, targets, labels, 3) - SlowLoss(down, targets, labels, 3)) / (up[i] - down[i]);
            Assert.Equal(expected, gradient[i], 1e-4);
        }
    }

    [Fact]
    public void An_encoder_that_has_collapsed_is_right_as_often_as_chance()
    {
        using var scope = TensorScope.Begin();
        foreach (var (n, m, groups) in new[] { (20, 8, 1), (20, 8, 2), (1200, 2000, 1) }) // the last in several blocks
        {
            var y = Tensor.From(Enumerable.Range(0, n).Select(i => (long)(i * groups / n * (m / groups) + i % (m / groups))).ToArray());
            var (loss, correct) = InfoNce.Compute(Tensor.Ones([n, 4]), Tensor.Ones([m, 4]), y, groups);
            Assert.Equal((double)groups / m, correct.ToDouble(), 1e-7);
            Assert.Equal(Math.Log((double)m / groups), loss.ToDouble(), 1e-4);
        }
    }

    [Fact]
    public void A_tie_of_three_counts_a_third_and_a_tie_of_others_nothing()
    {
        using var scope = TensorScope.Begin();
        var t = Tensor.From([5f, 5f, 5f, 7f, 7f, 1f], 6, 1);
        var p = Tensor.From([1f, 1f, -1f, 0f], 4, 1); // scores t, t, -t, and six zeros
        var correct = InfoNce.Compute(p, t, Tensor.From([0L, 3L, 5L, 2L])).Correct.ToDouble();
        Assert.Equal((0 + 1 / 2.0 + 1 + 1 / 6.0) / 4, correct, 1e-6);
        Assert.Equal(1 / 3.0, InfoNce.Compute(Tensor.From([1f], 1, 1), t.Narrow(0, 0, 3), Tensor.From([1L])).Correct.ToDouble(), 1e-6);
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        using var scope = TensorScope.Begin();
        var t = Tensor.From([100f, 0f, 0f, 100f], 2, 2);
        var (loss, correct) = InfoNce.Compute(t, t, Tensor.Arange(2));
        Assert.Equal(0, loss.ToDouble(), 1e-6);
        Assert.Equal(1, correct.ToDouble());
    }

    [Theory]
    [InlineData(48, 100, 1)]
    [InlineData(300, 576, 2)]
    [InlineData(7, 9, 1)]
    public void The_kernel_equals_libtorchs_operators(int n, int m, int groups)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        Tensor p = Tensor.RandN([n * groups, 16], generator), t = Tensor.RandN([m * groups, 16], generator);
        p.RequiresGrad = t.RequiresGrad = true;
        var labels = Tensor.From([.. Enumerable.Range(0, n * groups).Select(i => (long)(i / n * m + i * 7 % m))]);
        var fused = InfoNce.Compute(p, t, labels, groups);
        var gradients = Autograd.Gradients([fused.Loss], [p, t]);
        var expected = InfoNce.Compute(p, t, labels, groups, new Arithmetic(DType.Float32, Plain: true));
        var slow = Autograd.Gradients([expected.Loss], [p, t]);
        Assert.Equal(expected.Loss.ToDouble(), fused.Loss.ToDouble(), 1e-5);
        Assert.Equal(expected.Correct.ToDouble(), fused.Correct.ToDouble(), 1e-6);
        for (var i = 0; i < 2; i++) Assert.True((slow[i]! - gradients[i]!).Abs().Max().ToDouble() < 1e-6);
    }
}
