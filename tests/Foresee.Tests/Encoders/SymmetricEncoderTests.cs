using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class SymmetricEncoderTests
{
    private static readonly InputFormat Input = new(12, 10, 3);
    private static readonly ConvEncoderOptions Conv = new(4, [1], ResidualOrder.PreActivation, ConvStem.Small);

    private static Encoder Build(EncoderOptions options, ulong seed = 3)
    {
        using var generator = new Generator(seed);
        var encoder = options.Build(Input, generator);
        encoder.Train(false);
        return encoder;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_grid_is_the_mean_over_the_symmetries_and_all_of_them_have_the_same(bool upsideDown)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var plain = Build(Conv);
        using var symmetric = Build(new SymmetricOptions(Conv, upsideDown));
        var images = Tensor.RandN([3, 3, 12, 10], generator);
        var (left, down) = (images.Flip(3), images.Flip(2));
        var expected = upsideDown
            ? (plain.Grid(images) + plain.Grid(left) + plain.Grid(down) + plain.Grid(down.Flip(3))) / 4
            : (plain.Grid(images) + plain.Grid(left)) / 2;
        var grid = symmetric.Grid(images);
        Assert.Equal(plain.Features, symmetric.Features);
        Assert.True(Apart(grid, expected) < 1e-6);
        Assert.True(Apart(grid, symmetric.Grid(left)) < 1e-6);
        Assert.Equal(upsideDown, Apart(grid, symmetric.Grid(down)) < 1e-6);
        Assert.True(Apart(grid, plain.Grid(images)) > 1e-3);
    }

    private static double Apart(Tensor a, Tensor b) => (a - b).Abs().Max().ToDouble();

    [Fact]
    public void What_it_measures_is_what_the_encoder_inside_measures()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var options = new KMeansEncoderOptions(Centroids: 9, Patch: 4) { Patches = 500, Rounds = 2 };
        using var plain = Build(options);
        using var symmetric = Build(new SymmetricOptions(options));
        var images = Tensor.Rand([60, 3, 12, 10], generator);
        Assert.Equal(plain.CalibrationImages, symmetric.CalibrationImages);
        plain.Calibrate(images);
        symmetric.Calibrate(images);
        foreach (var (name, value) in plain.State())
        {
            var seen = symmetric.State().Single(t => t.Name == $"whole.{name}").Value;
            Assert.True(Apart(value, seen) < 1e-5, name);
            Assert.True(symmetric.IsMeasured($"whole.{name}"));
        }
        Assert.Equal(2, symmetric.Options.PooledCells);
    }

    [Fact]
    public void Mirror_images_of_mirror_images_are_refused()
    {
        using var symmetric = Build(new SymmetricOptions(Conv));
        var error = Assert.Throws<ArgumentException>(() => new SymmetricEncoder(symmetric, false));
        Assert.Contains("sees mirror images already", error.Message, StringComparison.Ordinal);
    }
}
