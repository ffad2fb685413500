using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Interop;

namespace Foresee.Tests.Encoders;

public sealed class KMeansEncoderTests
{
    private static readonly InputFormat Input = new(13, 11, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.25, 0.3] };
    private static readonly KMeansEncoderOptions Options = new(Centroids: 21, Patch: 4) { Patches = 3000, Rounds = 3 };

    /// <summary>Smooth noise, normalised as an encoder is given it.</summary>
    private static Tensor Images(int count, ulong seed)
    {
        using var generator = new Generator(seed);
        var pixels = Tensor.Rand([count, 3, 15, 13], generator).Unfold(2, 3, 1).Unfold(3, 3, 1).Mean([4, 5]); // [B, 3, 13, 11]
        return (pixels - Tensor.From<float>([0.4f, 0.5f, 0.6f], 1, 3, 1, 1)) / Tensor.From<float>([0.2f, 0.25f, 0.3f], 1, 3, 1, 1);
    }

    private static KMeansEncoder Learnt(KMeansEncoderOptions options)
    {
        using var generator = new Generator(3);
        var encoder = new KMeansEncoder(options, Input, generator);
        encoder.Calibrate(Images(150, 1));
        encoder.Train(false);
        return encoder;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_grid_is_the_formula_patch_by_patch(int stride)
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options with { Stride = stride });
        var state = encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.ToArray<float>());
        var (white, mean) = (state["white"], state["mean"]);
        const int size = 3 * 4 * 4, count = 21;
        // the centroids out of what is kept of them: P c = w, so c = P⁻¹ w
        static Tensor Doubles(float[] values, params long[] shape) => Tensor.From(Array.ConvertAll(values, v => (double)v), shape);
        var solved = Operator.Find("aten::linalg_solve").CallAll(Doubles(white, size, size), Doubles(state["weights"], size, count))[0];
        var centroids = ((Tensor)solved!).ToArray<double>(); // [size, count]
        var images = Images(2, 2);
        var (values, grid) = (images.ToArray<float>(), encoder.Grid(images));
        double[] deviations = [0.2, 0.25, 0.3], means = [0.4, 0.5, 0.6];
        var (rows, columns) = ((13 - 4) / stride + 1, (11 - 4) / stride + 1);
        var (down, across) = (Math.Min(6, rows), Math.Min(6, columns));
        Assert.Equal([2, down, across, count], grid.Shape);
        var (sums, places) = (new double[2 * down * across * count], new int[down * across]);
        for (var image = 0; image < 2; image++)
            for (var y = 0; y < rows; y++)
                for (var x = 0; x < columns; x++)
                {
                    var patch = (from c in Enumerable.Range(0, 3)
                                 from dy in Enumerable.Range(0, 4)
                                 from dx in Enumerable.Range(0, 4)
                                 let value = values[((image * 3 + c) * 13 + y * stride + dy) * 11 + x * stride + dx]
                                 select value * deviations[c] + means[c]).ToArray();
                    var average = patch.Average();
                    var contrast = Math.Sqrt(patch.Average(v => (v - average) * (v - average)) + 10.0 / (255 * 255));
                    var normal = patch.Select((v, i) => (v - average) / contrast - mean[i]).ToArray();
                    var whitened = Enumerable.Range(0, size)
                        .Select(i => Enumerable.Range(0, size).Sum(j => white[i * size + j] * normal[j])).ToArray();
                    var z = Enumerable.Range(0, count).Select(k => Math.Sqrt(Enumerable.Range(0, size)
                        .Sum(i => Math.Pow(whitened[i] - centroids[i * count + k], 2)))).ToArray();
                    var (middle, cell) = (z.Average(), y * down / rows * across + x * across / columns);
                    if (image == 0) places[cell]++;
                    for (var k = 0; k < count; k++) sums[(image * down * across + cell) * count + k] += Math.Max(0, middle - z[k]);
                }
        var actual = grid.ToArray<float>();
        for (var i = 0; i < sums.Length; i++)
            Assert.Equal(sums[i] / places[i / count % (down * across)], actual[i], 1e-3);
    }

    [Fact]
    public void The_fused_code_equals_the_one_by_tensors()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options);
        var images = Images(3, 5);
        var fused = encoder.Grid(images);
        encoder.Compute(new Arithmetic(DType.Float32, Plain: true));
        var difference = (fused - encoder.Grid(images)).Abs().Max().ToDouble();
        Assert.True(difference < 1e-5, $"the largest difference is {difference}");
        Assert.True(fused.Max().ToDouble() > 0.1);
    }

    [Fact]
    public void Whitened_patches_have_the_variances_that_the_formula_gives()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options);
        var white = encoder.State().First(tensor => tensor.Name == "white").Value.To(DType.Float64);
        var results = Operator.Find("aten::linalg_eigh").CallAll(white, "L");
        var filter = ((Tensor)results[0]!).ToArray<double>();               // (λ + 0.1)^-1/2 of each direction
        Assert.All(filter, value => Assert.InRange(value, 0, 1 / Math.Sqrt(0.1) + 1e-4));
        Assert.Equal(1 / Math.Sqrt(0.1), filter.Max(), 1e-3);               // the direction that normalising took away has λ = 0
        var difference = (white - white.Transpose(0, 1)).Abs().Max().ToDouble();
        Assert.True(difference < 1e-5, $"not symmetric by {difference}");
    }

    [Fact]
    public void A_round_of_k_means_takes_each_point_to_its_nearest_centroid()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        var (points, centroids) = (Tensor.RandN([5000, 7], generator), Tensor.RandN([9, 7], generator));
        var (nearest, error) = KMeans.Nearest(points, centroids);
        var (p, c, places) = (points.ToArray<float>(), centroids.ToArray<float>(), nearest.ToArray<long>());
        double Distance(int i, int k) => Enumerable.Range(0, 7).Sum(d => Math.Pow(p[i * 7 + d] - c[k * 7 + d], 2));
        var sum = 0.0;
        for (var i = 0; i < 5000; i++)
        {
            var least = Enumerable.Range(0, 9).Min(k => Distance(i, k));
            Assert.Equal(least, Distance(i, (int)places[i]), 1e-5);
            sum += least;
        }
        Assert.Equal(sum / 5000, error, 1e-4);
    }

    [Fact]
    public void K_means_finds_clusters_that_lie_apart_and_no_centroid_stays_without_points()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        var middles = Tensor.From<float>([0, 0, 10, 0, 0, 10, 10, 10], 4, 2);
        Tensor Around(int k) => middles.Narrow(0, k, 1) + Tensor.RandN([300, 2], generator) * 0.1;
        var points = Tensor.Cat([.. Enumerable.Range(0, 4).Select(Around)]);
        var found = KMeans.Fit(points, 12, 15, generator);                  // more centroids than clusters
        var (_, error) = KMeans.Nearest(points, found);
        Assert.InRange(error, 0, 0.02);
        Assert.Equal(12, KMeans.Nearest(points, found).Nearest.ToArray<long>().Distinct().Count());
        Assert.Equal(found.ToArray<float>(), Again().ToArray<float>());     // by the seed alone

        Tensor Again()
        {
            using var second = new Generator(6);
            for (var i = 0; i < 4; i++) Tensor.RandN([300, 2], second);
            return KMeans.Fit(points, 12, 15, second);
        }
    }

    [Fact]
    public void The_encoder_is_saved_and_loaded_with_all_that_it_measured()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options with { Rounds = 0 });
        var path = Path.Combine(Directory.CreateTempSubdirectory("foresee-kmeans-").FullName, EncoderFile.FileName);
        EncoderFile.Write(path, encoder);
        using var read = EncoderFile.Read(path);
        var images = Images(2, 9);
        Assert.Equal(encoder.Options, read.Options);
        Assert.Equal(encoder.Grid(images).ToArray<float>(), read.Grid(images).ToArray<float>());
        Assert.Empty(read.Parameters());
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
