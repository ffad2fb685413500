using Foresee.Encoders;
using Foresee.Encoders.Spectral;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders.Spectral;

public sealed class SpectralEncoderTests
{
    private const int Half = 19;
    private static readonly InputFormat Input = new(13, 11, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.25, 0.3] };
    private static readonly SpectralEncoderOptions Options = new(Atoms: 2 * Half, Vectors: 9, Patch: 4)
    {
        Patches = 3000,
        Skip = 2,
        Pool = 3,
        PoolStride = 2,
        Threshold = 0.2,
        Colour = 0,
    };

    /// <summary>Smooth noise, normalised as an encoder is given it.</summary>
    private static Tensor Images(int count, ulong seed)
    {
        using var generator = new Generator(seed);
        var pixels = Tensor.Rand([count, 3, 15, 13], generator).Unfold(2, 3, 1).Unfold(3, 3, 1).Mean([4, 5]); // [B, 3, 13, 11]
        return (pixels - Tensor.From<float>([0.4f, 0.5f, 0.6f], 1, 3, 1, 1)) / Tensor.From<float>([0.2f, 0.25f, 0.3f], 1, 3, 1, 1);
    }

    private static SpectralEncoder Learnt(SpectralEncoderOptions options)
    {
        using var generator = new Generator(3);
        var encoder = new SpectralEncoder(options, Input, generator);
        encoder.Calibrate(Images(150, 1));
        encoder.Train(false);
        return encoder;
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 1)] // with a middle column
    public void The_grid_is_the_formula_patch_by_patch(int side, int stride)
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options with { Patch = side, Stride = stride });
        var state = encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.ToArray<float>());
        var (size, evens, width) = (3 * side * side, 3 * side * ((side + 1) / 2), 9);
        var images = Images(2, 2);
        var (values, grid) = (images.ToArray<float>(), encoder.Grid(images));
        double[] deviations = [0.2, 0.25, 0.3], means = [0.4, 0.5, 0.6];
        var (rows, columns) = ((13 - side) / stride + 1, (11 - side) / stride + 1);
        var (down, across) = ((rows - 3) / 2 + 1, (columns - 3) / 2 + 1);
        var (high, wide) = (Math.Min(3, down), Math.Min(3, across));
        Assert.Equal([2, high, wide, width], grid.Shape);

        double[] Parts(Func<int, int, int, double> pixel, bool even)
        {
            var result = new List<double>();
            for (var c = 0; c < 3; c++)
                for (var y = 0; y < side; y++)
                {
                    for (var x = 0; x < side / 2; x++)
                        result.Add((pixel(c, y, x) + (even ? 1 : -1) * pixel(c, y, side - 1 - x)) / Math.Sqrt(2));
                }
            if (even && side % 2 == 1) // behind the halves, in the order that a middle column is joined to them
                result = [.. Enumerable.Range(0, 3 * side).SelectMany(line =>
                    result.Skip(line * (side / 2)).Take(side / 2).Append(pixel(line / side, line % side, side / 2)))];
            return [.. result];
        }

        double[][] atoms = [.. Enumerable.Range(0, 2 * Half).Select(atom => Enumerable.Range(0, size)
            .Select(i => i < evens ? (double)state["even_atoms"][i * Half + atom / 2]
                : (atom % 2 == 0 ? 1 : -1) * (double)state["odd_atoms"][(i - evens) * Half + atom / 2]).ToArray())];
        Assert.All(atoms, atom => Assert.Equal(1, atom.Sum(v => v * v), 1e-5));
        var (expected, active) = (new double[2 * down * across * width], 0);
        for (var image = 0; image < 2; image++)
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                {
                    double Raw(int c, int y, int x) =>
                        values[((image * 3 + c) * 13 + row * stride + y) * 11 + column * stride + x] * deviations[c] + means[c];
                    double Mean(int c) => Enumerable.Range(0, side * side).Average(i => Raw(c, i / side, i % side));
                    double[] average = [Mean(0), Mean(1), Mean(2)];
                    double Pixel(int c, int y, int x) => Raw(c, y, x) - average[c];
                    double[] parts = [.. Parts(Pixel, even: true), .. Parts(Pixel, even: false)];
                    var white = Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size)
                        .Sum(j => state["white"][j * size + i] * (parts[j] - state["mean"][j]))).ToArray();
                    var length = Math.Sqrt(white.Sum(v => v * v));
                    var beta = new double[width];
                    for (var atom = 0; atom < 2 * Half; atom++)
                    {
                        if (!(atoms[atom].Zip(white, (a, b) => a * b).Sum() > 0.2 * length)) continue;
                        active++;
                        for (var d = 0; d < width; d++)
                            beta[d] += state["table"][atom / 2 * width + d] * (atom % 2 == 0 ? 1 : state["signs"][d]);
                    }
                    var norm = Math.Sqrt(beta.Sum(v => v * v));
                    if (norm == 0) continue;
                    for (var y = 0; y < down; y++)
                        for (var x = 0; x < across; x++)
                            if (row >= 2 * y && row < 2 * y + 3 && column >= 2 * x && column < 2 * x + 3)
                                for (var d = 0; d < width; d++)
                                    expected[((image * down + y) * across + x) * width + d] += beta[d] / norm / 9;
                }
        Assert.True(active > 2 * rows * columns, $"{active} atoms active at {2 * rows * columns} places");
        var actual = grid.ToArray<float>();
        for (var cell = 0; cell < 2 * high * wide; cell++)
        {
            var (image, row, column) = (cell / (high * wide), cell / wide % high, cell % wide);
            var sums = new double[width];
            for (var y = row * down / high; y < ((row + 1) * down + high - 1) / high; y++)
                for (var x = column * across / wide; x < ((column + 1) * across + wide - 1) / wide; x++)
                    for (var d = 0; d < width; d++) sums[d] += expected[((image * down + y) * across + x) * width + d];
            var norm = Math.Sqrt(sums.Sum(v => v * v));
            for (var d = 0; d < width; d++) Assert.Equal(sums[d] / norm, actual[cell * width + d], 2e-3);
        }
    }

    [Fact]
    public void Colour_stands_behind_the_vectors_of_each_cell()
    {
        using var scope = TensorScope.Begin();
        using var without = Learnt(Options);
        using var with = Learnt(Options with { Colour = 0.5 });
        Assert.Equal((9, 15), (without.Features, with.Features));
        var images = Images(2, 4);
        var grid = with.Grid(images);                                            // [2, 3, 3, 15]
        Assert.Equal(without.Grid(images).ToArray<float>(), grid.Narrow(3, 0, 9).Contiguous().ToArray<float>());
        var (values, colour) = (images.ToArray<float>(), grid.Narrow(3, 9, 6).Contiguous().ToArray<float>());
        double[] deviations = [0.2, 0.25, 0.3], means = [0.4, 0.5, 0.6];
        for (var cell = 0; cell < 18; cell++)
            for (var c = 0; c < 3; c++)
            {
                var (image, row, column) = (cell / 9, cell / 3 % 3, cell % 3);
                var pixels = (from y in Enumerable.Range(0, 13)
                              where y >= row * 13 / 3 && y < ((row + 1) * 13 + 2) / 3
                              from x in Enumerable.Range(0, 11)
                              where x >= column * 11 / 3 && x < ((column + 1) * 11 + 2) / 3
                              select values[((image * 3 + c) * 13 + y) * 11 + x] * deviations[c] + means[c]).ToArray();
                var mean = pixels.Average();
                Assert.Equal(mean / 2, colour[cell * 6 + c], 1e-5);
                Assert.Equal(Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean))), colour[cell * 6 + 3 + c], 1e-4);
            }
    }

    [Fact]
    public void A_mirror_image_has_the_mirrored_grid_with_the_signs_of_what_mirroring_turns()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options);
        var signs = encoder.State().First(tensor => tensor.Name == "signs").Value;
        Assert.Equal([-1f, 1f], signs.ToArray<float>().Distinct().Order());
        var images = Images(2, 5).Narrow(3, 0, 10); // 7 places, so that three cells of 3 lie alike from both sides
        var difference = encoder.Grid(images.Flip(3)) - encoder.Grid(images).Flip(2) * signs;
        Assert.True(difference.Abs().Max().ToDouble() < 1e-4, $"{difference.Abs().Max().ToDouble()}");
    }

    [Fact]
    public void A_flat_image_has_no_code_and_a_flat_set_no_dictionary()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options);
        Assert.Equal(0, encoder.Grid(Tensor.Full([1, 3, 13, 11], 0.3)).Abs().Max().ToDouble());
        using var generator = new Generator(3);
        using var other = new SpectralEncoder(Options, Input, generator);
        var error = Assert.Throws<ArgumentException>(() => other.Calibrate(Tensor.Zeros([10, 3, 13, 11])));
        Assert.Contains("3,000 patches of these images have 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_learns_the_same_from_images_at_once_and_in_batches()
    {
        using var scope = TensorScope.Begin();
        var images = Images(150, 1);
        using var generator = new Generator(3);
        using var batches = new SpectralEncoder(Options, Input, generator);
        batches.Calibrate((_, _) => [new([.. Enumerable.Range(0, 60)], images.Narrow(0, 0, 60)),
            new([.. Enumerable.Range(60, 90)], images.Narrow(0, 60, 90))], 150, new());
        using var whole = Learnt(Options);
        Assert.Equal(whole.Grid(images).ToArray<float>(), batches.Grid(images).ToArray<float>());
    }

    [Fact]
    public void The_encoder_is_saved_and_loaded_with_all_that_it_measured()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Learnt(Options);
        var path = Path.Combine(Directory.CreateTempSubdirectory("foresee-spectral-").FullName, EncoderFile.FileName);
        EncoderFile.Write(path, encoder);
        using var read = EncoderFile.Read(path);
        var images = Images(2, 9);
        Assert.Equal(encoder.Options, read.Options);
        Assert.Equal(encoder.Grid(images).ToArray<float>(), read.Grid(images).ToArray<float>());
        Assert.Empty(read.Parameters());
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Faults_of_its_options_are_named_together()
    {
        var faults = new List<string>();
        new SpectralEncoderOptions(Atoms: 7, Vectors: 0, Patch: 40) { Threshold = 1 }.Validate(Input, faults);
        Assert.Equal(4, faults.Count);
        Assert.Contains(faults, fault => fault.Contains("even number of atoms, 4 to 32768, got 7", StringComparison.Ordinal));
    }
}
