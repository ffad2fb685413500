using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Starts;
using Foresee.Torch;

namespace Foresee.Tests.Starts;

public sealed class StartingPointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-starting-point-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static readonly InputFormat Known = new(16, 16, 3) { Mean = [0.5, 0.4, 0.3], Std = [0.2, 0.2, 0.2] };

    private static ConvEncoder Network(ulong seed)
    {
        using var generator = new Generator(seed);
        return new(new(8, [1], ResidualOrder.Plain, ConvStem.Small), Known, generator);
    }

    [Fact]
    public void A_method_begins_with_the_weights_it_is_given()
    {
        using var scope = TensorScope.Begin();
        using var start = Network(1);
        using var generator = new Generator(2);
        var options = (SimSiamOptions)SimSiamOptions.For(new("images", 100, Known)).On(start.Options);
        using var method = (SimSiam)options.Build(new(Known, generator, Device.Cpu) { Start = StartingPoint.Weights(start, 3) });
        foreach (var (own, given) in method.Encoder.State().Zip(start.State()))
            Assert.Equal(given.Value.ToArray<float>(), own.Value.ToArray<float>());
    }

    /// <summary>The same picture in each channel gives what it gives in three.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Weights_for_other_channels_see_a_grey_picture_alike(int channels)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(3);
        using var start = Network(1);
        using var other = new ConvEncoder((ConvEncoderOptions)start.Options, new(16, 16, channels), generator);
        other.Load(StartingPoint.Weights(start, channels));
        start.Train(false);
        other.Train(false);
        var grey = Tensor.RandN([2, 1, 16, 16], generator);
        var (expected, got) = (start.Grid(grey.Expand(-1, 3, -1, -1)), other.Grid(grey.Expand(-1, channels, -1, -1)));
        Assert.InRange((expected - got).Abs().Max().ToDouble(), 0, 1e-5 * expected.Abs().Max().ToDouble());
    }

    [Fact]
    public void Images_come_as_the_weights_know_them()
    {
        using var start = Network(1);
        var grey = StartingPoint.Input(start, new(28, 28, 1) { Mean = [0.1], Std = [0.3] }, side: 32);
        Assert.Equal((32, 32, 3, SmallImages.Enlarge), (grey.Height, grey.Width, grey.Channels, grey.Small));
        Assert.Equal(Known.Mean, grey.Mean);
        var satellite = StartingPoint.Input(start, new(64, 64, 4) { Mean = [1, 2, 3, 4], Std = [0.226, 0.113, 0.226, 0.226] }, side: 64);
        Assert.Equal((64, 4), (satellite.Height, satellite.Channels));
        Assert.Equal([1.0, 2, 3, 4], satellite.Mean);
        Assert.Equal([0.2, 0.1, 0.2, 0.2], satellite.Std.Select(std => Math.Round(std, 12)));
    }

    [Fact]
    public void Another_file_in_the_place_of_the_weights_is_refused()
    {
        var path = Path.Combine(folder, "weights.safetensors");
        using (var first = Network(1)) EncoderFile.Write(path, first);
        var point = StartingPoint.At("weights", path);
        using (point.Read()) { }
        using (var second = Network(2)) EncoderFile.Write(path, second);
        Assert.Contains("bring that back", Assert.Throws<InvalidDataException>(point.Read).Message, StringComparison.Ordinal);
    }
}
