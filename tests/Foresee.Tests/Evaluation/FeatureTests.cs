using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class FeatureTests
{
    [Theory]
    [InlineData(GridPooling.One, 1)]
    [InlineData(GridPooling.Two, 2)]
    [InlineData(GridPooling.Three, 3)]
    public void Pooling_takes_the_mean_of_each_part(GridPooling pooling, int parts)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var grid = Tensor.RandN([2, 6, 6, 5], generator);
        var values = grid.ToArray<float>();
        var pooled = FeatureTable.Pool(grid, pooling).ToArray<float>();
        Assert.Equal(2 * parts * parts * 5, pooled.Length);
        var side = 6 / parts;
        for (int n = 0, at = 0; n < 2; n++)
            for (var y = 0; y < parts; y++)
                for (var x = 0; x < parts; x++)
                    for (var d = 0; d < 5; d++, at++)
                    {
                        var mean = Enumerable.Range(0, side * side)
                            .Average(i => values[((n * 6 + y * side + i / side) * 6 + x * side + i % side) * 5 + d]);
                        Assert.Equal(mean, pooled[at], 1e-5);
                    }
    }

    [Fact]
    public void The_whole_grid_is_only_laid_out()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var grid = Tensor.RandN([2, 3, 3, 4], generator);
        Assert.Equal(grid.ToArray<float>(), FeatureTable.Pool(grid, GridPooling.Whole).ToArray<float>());
    }

    [Fact]
    public void Features_are_computed_once_per_image_and_found_by_its_number()
    {
        using var scope = TensorScope.Begin();
        var source = new PaintedImages(10, 4);
        var seen = new List<long>();
        // Latents [B, 2, 2, 1] that are the image's own grey value: the number of the image.
        Tensor Extract(Tensor pixels)
        {
            seen.Add(pixels.Size(0));
            return pixels.To(DType.Float32).Narrow(2, 0, 2).Narrow(3, 0, 2).Permute(0, 2, 3, 1);
        }
        var done = 0;
        var tables = FeatureTable.Compute(Extract, source, [7, 2, 5, 9, 0], new InputFormat(4, 4, 1),
            [new(GridPooling.One), new(GridPooling.Whole)], threads: 1, batchSize: 2, progress: n => done = n);
        Assert.Equal([2, 2, 1], seen);
        Assert.Equal(5, done);
        Assert.Equal([9f, 7f], tables[0].Of([9, 7]).ToArray<float>());
        Assert.Equal([2f, 2f, 2f, 2f], tables[1].Of([2]).ToArray<float>());
        foreach (var table in tables) table.Dispose();
    }

    [Fact]
    public void Standardised_features_have_mean_0_equal_variance_and_unit_length()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var features = Tensor.RandN([500, 8], generator) * Tensor.From([.. Enumerable.Range(1, 8).Select(i => (float)i)]) + 3;
        using var scaling = FeatureScaling.Fit(features, new(Scaling.Standardise));
        var scaled = scaling.Apply(features);
        Assert.All(scaled.Mean(0).ToArray<float>(), mean => Assert.Equal(0, mean, 1e-5));
        Assert.All(scaled.Variance(0, unbiased: false).ToArray<float>(), variance => Assert.Equal(1.0 / 8, variance, 1e-4));
        Assert.Equal(1, scaled.Square().Sum(1).Mean().ToDouble(), 1e-4);
    }

    [Fact]
    public void Whitened_features_are_uncorrelated_with_equal_variance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var features = Tensor.RandN([400, 12], generator).MatMul(Tensor.RandN([12, 12], generator));
        using var scaling = FeatureScaling.Fit(features, new(Scaling.Whiten, Components: 6, Shrinkage: 0));
        var scaled = scaling.Apply(features);
        var covariance = (scaled.T().MatMul(scaled) / 400 * 6).ToArray<float>();
        for (var i = 0; i < 36; i++) Assert.Equal(i % 7 == 0 ? 1 : 0, covariance[i], 1e-2);
    }

    [Fact]
    public void Whitening_keeps_the_leading_components()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        // Two features of one cause each way, eight of noise: standardised, the common cause is the first component.
        var cause = Tensor.RandN([300, 1], generator);
        var features = Tensor.Cat([cause, cause * -2, Tensor.RandN([300, 8], generator)], 1);
        using var scaling = FeatureScaling.Fit(features, new(Scaling.Whiten, Components: 1, Shrinkage: 0.5));
        var scaled = scaling.Apply(features).Flatten();
        var correlation = (scaled * cause.Flatten()).Mean()
            .ToDouble() / (cause.Square().Mean().Sqrt().ToDouble() * scaled.Square().Mean().Sqrt().ToDouble());
        Assert.True(Math.Abs(correlation) > 0.9, $"correlation {correlation}");
    }

    [Fact]
    public void A_feature_that_never_changes_stays_finite()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        var features = Tensor.Cat([Tensor.RandN([50, 3], generator), Tensor.Full([50, 1], 7)], 1);
        using var scaling = FeatureScaling.Fit(features, new(Scaling.Standardise));
        Assert.All(scaling.Apply(features).ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }

    /// <summary>By the words of <see cref="Scaling.Root"/>, number by number.</summary>
    [Fact]
    public void Roots_are_taken_where_no_feature_is_below_0()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var features = Tensor.Rand([40, 5], generator);
        using var suited = FeatureScaling.Fit(features, new(Scaling.Suited));
        using var root = FeatureScaling.Fit(features, new(Scaling.Root));
        var rows = features.ToArray<float>().Chunk(5).Select(row =>
        {
            var length = Math.Sqrt(row.Sum(value => (double)value));
            return row.Select(value => Math.Sqrt(value) / length).ToArray();
        }).ToArray();
        double[] mean = [.. Enumerable.Range(0, 5).Select(k => rows.Average(row => row[k]))];
        var size = Math.Sqrt(rows.Average(row => row.Zip(mean, (value, m) => (value - m) * (value - m)).Sum()));
        var expected = rows.SelectMany(row => row.Zip(mean, (value, m) => (value - m) / size)).ToArray();
        var (given, asked) = (suited.Apply(features).ToArray<float>(), root.Apply(features).ToArray<float>());
        Assert.All(expected.Zip(given), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.Equal(asked, given);

        var signed = features - 0.5;
        using var other = FeatureScaling.Fit(signed, new(Scaling.Suited));
        using var standard = FeatureScaling.Fit(signed, new(Scaling.Standardise));
        Assert.Equal(standard.Apply(signed).ToArray<float>(), other.Apply(signed).ToArray<float>());
        Assert.All(root.Apply(Tensor.Zeros([1, 5])).ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }
}
