using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class LogisticRegressionTests
{
    private const int Classes = 3;

    private static int[] Labels(int count, ulong seed)
    {
        using var generator = new Generator(seed);
        using var drawn = Tensor.RandInt(0, Classes, [count], generator);
        return Array.ConvertAll(drawn.ToArray<long>(), label => (int)label);
    }

    private static Tensor Features(int count, int width, ulong seed)
    {
        using var generator = new Generator(seed);
        return Tensor.RandN([count, width], generator) / Math.Sqrt(width);
    }

    /// <summary>The gradient of the penalised loss, element by element as the definition has it.</summary>
    private static double LargestGradient(float[] x, int[] labels, float[] weights, int width, double decay)
    {
        var count = labels.Length;
        var gradient = new double[(width + 1) * Classes];
        for (var i = 0; i < count; i++)
        {
            var logits = new double[Classes];
            for (var c = 0; c < Classes; c++)
            {
                logits[c] = weights[width * Classes + c];
                for (var k = 0; k < width; k++) logits[c] += x[i * width + k] * weights[k * Classes + c];
            }
            var sum = logits.Sum(Math.Exp);
            for (var c = 0; c < Classes; c++)
            {
                var error = (Math.Exp(logits[c]) / sum - (labels[i] == c ? 1 : 0)) / count;
                for (var k = 0; k < width; k++) gradient[k * Classes + c] += x[i * width + k] * error;
                gradient[width * Classes + c] += error;
            }
        }
        for (var k = 0; k < width * Classes; k++) gradient[k] += decay * weights[k];
        return gradient.Max(Math.Abs);
    }

    [Theory]
    [InlineData(40, 7, 1e-2)]   // more examples than features: solved as given
    [InlineData(40, 7, 1e-5)]
    [InlineData(40, 300, 1e-1)] // fewer: solved in the span of the examples
    [InlineData(40, 300, 1e-4)]
    public void The_solution_meets_the_conditions_of_the_optimum(int count, int width, double decay)
    {
        using var scope = TensorScope.Begin();
        var x = Features(count, width, 1);
        var labels = Labels(count, 2);
        using var regression = new LogisticRegression(x, labels, Classes);
        var weights = regression.Weights(regression.Solve(decay)).ToArray<float>();
        Assert.True(LargestGradient(x.ToArray<float>(), labels, weights, width, decay) < 1e-5);
    }

    /// <summary>
    /// Features that nearly say the same, as those of patches do: no element of the gradient is large, but what is left to gain is, and in
    /// the direction of each feature alone hundreds of steps would be needed.
    /// </summary>
    [Theory]
    [InlineData(DType.Float64, 900, 60)]
    [InlineData(DType.Float32, 30_000, 300)] // more elements than are solved in f64
    public void A_rough_solution_is_near_the_optimum_where_features_go_together(DType type, int count, int width)
    {
        const double decay = 1e-6;
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var common = Tensor.RandN([count, 1], generator);
        var apart = Tensor.RandN([count, width], generator) * 0.1;
        var x = (common + apart) / Math.Sqrt(width);                                        // mean squared length 1
        var teacher = Tensor.RandN([width, Classes], generator);
        var labels = Array.ConvertAll(apart.MatMul(teacher).ArgMax(1).ToArray<long>(), label => (int)label);
        using var regression = new LogisticRegression(x, labels, Classes);
        var solution = regression.Solve(decay, tolerance: 2e-5).To(DType.Float64);
        Assert.Equal(type, regression.Solve(1).DType);
        // loss - minimum <= ‖gradient‖² / (2 decay), since the penalty alone bends the loss by the decay
        var rows = Tensor.Cat([x, Tensor.Ones([count, 1])], 1).To(DType.Float64);
        var (truth, logs) = (LogisticRegression.OneHot(labels, Classes).To(DType.Float64), rows.MatMul(solution).LogSoftmax(1));
        var weights = solution.Narrow(0, 0, width);
        var loss = -(logs * truth).Sum().ToDouble() / count + decay / 2 * weights.Square().Sum().ToDouble();
        var gradient = rows.T().MatMul(logs.Exp() - truth).Narrow(0, 0, width) / count + weights * decay;
        var left = gradient.Square().Sum().ToDouble() / 2 / decay;
        Assert.True(left < 0.01 * loss, $"at most {left} of {loss} are left");
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(37, 19)]    // ends of every loop
    [InlineData(20_003, 8)] // several chunks in each part
    public void Loss_and_gradient_in_one_pass_are_those_of_two_products(int count, int width)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var (x, w) = (Tensor.RandN([count, width], generator), Tensor.Rand([count, 1], generator));
        var y = Tensor.RandN([count, Classes], generator).Softmax(1);
        var point = Tensor.RandN([width, Classes], generator).To(DType.Float64);
        foreach (var importance in new[] { null, w })
        {
            var gradient = new double[width * Classes];
            var loss = LogisticSlope.Of(x, y, importance, point.ToArray<double>(), gradient);
            var (exact, truth) = (x.To(DType.Float64), y.To(DType.Float64).Log().Softmax(1)); // sums of 1 in f64, too
            var (logs, weights) = (exact.MatMul(point).LogSoftmax(1), (importance ?? w.OnesLike()).To(DType.Float64));
            Assert.Equal(1, loss / -(logs * truth * weights).Sum().ToDouble(), 1e-5);
            var slope = exact.T().MatMul((logs.Exp() - truth) * weights).ToArray<double>();
            for (var i = 0; i < slope.Length; i++) Assert.Equal(slope[i], gradient[i], 1e-4 * Math.Sqrt(count));

            var doubled = LogisticSlope.Of(exact, truth, importance?.To(DType.Float64), point.ToArray<double>(), gradient);
            Assert.Equal(1, doubled / -(logs * truth * weights).Sum().ToDouble(), 1e-12);
            for (var i = 0; i < slope.Length; i++) Assert.Equal(slope[i], gradient[i], 1e-11 * Math.Sqrt(count));
        }
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(37, 19)]
    [InlineData(5_003, 8)]
    public void The_squared_hinge_in_one_pass_is_that_of_a_slow_loop(int count, int width)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var (x, w) = (Tensor.RandN([count, width], generator), Tensor.Rand([count, 1], generator));
        var y = Tensor.RandN([count, Classes], generator).Softmax(1);
        var point = Tensor.RandN([width, Classes], generator).To(DType.Float64).ToArray<double>();
        var (loss, slope) = SlowHinge(x.ToArray<float>(), y.ToArray<float>(), w.ToArray<float>(), point, width);
        var gradient = new double[point.Length];
        Assert.Equal(1, LogisticSlope.Of(x, y, w, point, gradient, LinearLoss.SquaredHinge) / loss, 1e-5);
        for (var i = 0; i < slope.Length; i++) Assert.Equal(slope[i], gradient[i], 1e-3 * Math.Sqrt(count));
    }

    /// <summary>At the minimum the slope of a slow loop and the penalty is zero: in f64, in a basis of few examples, in f32.</summary>
    [Theory]
    [InlineData(40, 12, 0.1)]
    [InlineData(30, 100, 0.01)]
    [InlineData(9_000, 900, 0.01)]
    public void A_squared_hinge_is_minimised(int count, int width, double decay)
    {
        using var scope = TensorScope.Begin();
        var (x, labels) = (Features(count, width, 5), Labels(count, 6));
        using var regression = new LogisticRegression(x, labels, Classes) { Loss = LinearLoss.SquaredHinge };
        var weights = regression.Weights(regression.Solve(decay, tolerance: 1e-7)).ToArray<float>();
        var rows = Tensor.Cat([x, Tensor.Ones([count, 1])], 1).ToArray<float>();
        var ones = Enumerable.Repeat(1f, count).ToArray();
        var shares = LogisticRegression.OneHot(labels, Classes).ToArray<float>();
        var (loss, slope) = SlowHinge(rows, shares, ones, Array.ConvertAll(weights, v => (double)v), width + 1);
        for (var i = 0; i < slope.Length; i++)
            Assert.Equal(0, slope[i] / count + (i < width * Classes ? decay * weights[i] : 0), 2e-4);
        Assert.InRange(loss / count, 0, 0.999 * Classes); // Classes at weights of zero
    }

    private static (double Loss, double[] Slope) SlowHinge(float[] x, float[] y, float[] w, double[] point, int width)
    {
        var (loss, slope) = (0.0, new double[point.Length]);
        for (var i = 0; i < w.Length; i++)
            for (var c = 0; c < Classes; c++)
            {
                var (score, share) = (0.0, (double)y[i * Classes + c]);
                for (var k = 0; k < width; k++) score += (double)x[i * width + k] * point[k * Classes + c];
                var (below, above) = (Math.Max(0, 1 - score), Math.Max(0, 1 + score));
                loss += w[i] * (share * below * below + (1 - share) * above * above);
                for (var k = 0; k < width; k++)
                    slope[k * Classes + c] += w[i] * x[i * width + k] * 2 * ((1 - share) * above - share * below);
            }
        return (loss, slope);
    }

    [Fact]
    public void A_subset_of_the_basis_solves_the_subset_of_the_examples()
    {
        using var scope = TensorScope.Begin();
        var x = Features(30, 100, 3);
        var labels = Labels(30, 4);
        long[] subset = [.. Enumerable.Range(0, 30).Where(i => i % 3 != 0).Select(i => (long)i)];
        using var whole = new LogisticRegression(x, labels, Classes);
        var picked = x.IndexSelect(0, Tensor.From(subset));
        using var alone = new LogisticRegression(picked, [.. subset.Select(i => labels[i])], Classes);
        var a = whole.Weights(whole.Solve(1e-2, subset)).ToArray<float>();
        var b = alone.Weights(alone.Solve(1e-2)).ToArray<float>();
        Assert.True(a.Zip(b, (p, q) => Math.Abs(p - q)).Max() < 1e-4);
    }

    [Theory]
    [InlineData(6)]   // more examples than features
    [InlineData(300)] // fewer: solved in the span of the examples
    public void An_example_of_weight_two_is_an_example_twice(int width)
    {
        using var scope = TensorScope.Begin();
        var (x, labels) = (Features(30, width, 11), Labels(30, 12));
        double[] weights = [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? 2.0 : 1)];
        long[] repeated = [.. Enumerable.Range(0, 30).SelectMany(i => Enumerable.Repeat((long)i, (int)weights[i]))];
        using var weighted = new LogisticRegression(x, labels, Classes, weights);
        using var twice = new LogisticRegression(x.IndexSelect(0, Tensor.From(repeated)), [.. repeated.Select(i => labels[i])], Classes);
        var a = weighted.Weights(weighted.Solve(1e-2)).ToArray<float>();
        var b = twice.Weights(twice.Solve(1e-2)).ToArray<float>();
        Assert.True(a.Zip(b, (p, q) => Math.Abs(p - q)).Max() < 1e-4);
        long[] some = [.. Enumerable.Range(0, 30).Where(i => i % 4 != 1).Select(i => (long)i)];
        long[] same = [.. repeated.Index().Where(pair => pair.Item % 4 != 1).Select(pair => (long)pair.Index)];
        var c = weighted.Weights(weighted.Solve(1e-2, some)).ToArray<float>();
        var d = twice.Weights(twice.Solve(1e-2, same)).ToArray<float>();
        Assert.True(c.Zip(d, (p, q) => Math.Abs(p - q)).Max() < 1e-4);
    }

    [Fact]
    public void Scores_equal_the_product_with_the_weights()
    {
        using var scope = TensorScope.Begin();
        var x = Features(20, 50, 5);
        using var regression = new LogisticRegression(x, Labels(20, 6), Classes);
        var solution = regression.Solve(1e-3);
        var weights = regression.Weights(solution);
        var expected = (x.MatMul(weights.Narrow(0, 0, 50)) + weights.Select(0, 50)).ToArray<float>();
        Assert.True(regression.Scores(solution).ToArray<float>().Zip(expected, (p, q) => Math.Abs(p - q)).Max() < 1e-4);
    }

    [Fact]
    public void A_good_start_changes_nothing_but_the_time()
    {
        using var scope = TensorScope.Begin();
        using var regression = new LogisticRegression(Features(40, 60, 7), Labels(40, 8), Classes);
        var near = regression.Solve(3e-3);
        var cold = regression.Solve(1e-3).ToArray<double>();
        Assert.True(regression.Solve(1e-3, null, near).ToArray<double>().Zip(cold, (p, q) => Math.Abs(p - q)).Max() < 1e-4);
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        var before = LivingTensors.Settled();
        using (TensorScope.Begin())
        using (var regression = new LogisticRegression(Features(30, 40, 9), Labels(30, 10), Classes))
            _ = regression.Solve(1e-3);
        Assert.Equal(before, Tensor.Living);
    }
}
