using Foresee.Encoders;
using Foresee.Images;
using Foresee.Tests.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class StagesEncoderTests
{
    private static readonly InputFormat Input = new(24, 16, 3);
    private static readonly ConvEncoderOptions Conv = new(4, [1, 1, 1], ResidualOrder.Plain, ConvStem.Small);

    private static Encoder Build(EncoderOptions options)
    {
        using var generator = new Generator(3);
        var encoder = options.Build(Input, generator);
        encoder.Train(false);
        return encoder;
    }

    [Theory]
    [InlineData(1, 28)]
    [InlineData(2, 24)]
    public void The_vector_holds_the_mean_of_each_map_divided_by_the_sum_of_its_sizes(int from, int features)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var plain = Build(Conv);
        using var stages = Build(new StagesOptions(Conv, from));
        var images = Tensor.RandN([2, 3, 24, 16], generator);
        Assert.Equal(features, stages.Features);
        var grid = stages.Grid(images);
        Assert.Equal([2, 1, 1, features], grid.Shape);
        var (seen, maps) = (grid.ToArray<float>(), plain.Stages(images));
        for (var image = 0; image < 2; image++)
        {
            var expected = new List<double>();
            foreach (var map in maps.Skip(from - 1))
            {
                var (width, places) = ((int)map.Size(1), (int)(map.Size(2) * map.Size(3)));
                var values = map.Contiguous().ToArray<float>();
                var means = Enumerable.Range(0, width).Select(c =>
                    Enumerable.Range(0, places).Average(p => (double)values[(image * width + c) * places + p])).ToList();
                expected.AddRange(means.Select(mean => mean / means.Sum(Math.Abs)));
            }
            for (var i = 0; i < features; i++) Assert.Equal(expected[i], seen[image * features + i], 1e-6);
        }
    }

    [Fact]
    public void The_last_three_of_four_suit_weights_from_elsewhere_and_an_encoder_without_stages_is_refused()
    {
        using var four = Build(Conv with { Blocks = [1, 1, 1, 1] });
        Assert.Equal(2, StagesEncoder.Suited(four));
        using var one = Build(Conv with { Blocks = [1] });
        Assert.Null(StagesEncoder.Suited(one));
        Assert.Contains("no stages", Assert.Throws<ArgumentException>(() => new StagesEncoder(one, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("got 4", Assert.Throws<ArgumentException>(() => new StagesEncoder(four, 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_read_from_its_file_and_from_that_of_the_whole()
    {
        using var folder = new Scratch();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var whole = Build(Conv);
        using var stages = Build(new StagesOptions(Conv, 1));
        var images = Tensor.RandN([2, 3, 24, 16], generator);
        var (a, b) = (Path.Combine(folder.Folder, "a.safetensors"), Path.Combine(folder.Folder, "b.safetensors"));
        EncoderFile.Write(a, whole);
        EncoderFile.Write(b, stages);
        using var side = new EncoderReading { SideBySide = true }.Of(a);
        using var read = new EncoderReading().Of(b);
        var expected = stages.Grid(images).ToArray<float>();
        Assert.Equal(expected, read.Grid(images).ToArray<float>());
        Assert.Equal(expected, side.Grid(images).ToArray<float>());
    }
}
