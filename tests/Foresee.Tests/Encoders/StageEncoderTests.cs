using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class StageEncoderTests
{
    private static readonly InputFormat Input = new(16, 16, 3);

    [Theory]
    [InlineData(ResidualOrder.Plain)]
    [InlineData(ResidualOrder.PreActivation)]
    public void A_stage_is_the_map_on_the_way_and_comes_back_from_a_file(ResidualOrder order)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(1);
        using var encoder = new StageEncoder(new ConvEncoder(new(8, [1, 1], order, ConvStem.Small), Input, generator), 1);
        using var whole = new ConvEncoder(new(8, [1, 1], order, ConvStem.Small), Input, generator);
        whole.Load(encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value), "whole.");
        encoder.Train(false);
        whole.Train(false);
        var images = Tensor.RandN([2, 3, 16, 16], generator);
        var grid = encoder.Grid(images);
        Assert.Equal([2L, 16, 16, 8], grid.Shape);
        Assert.Equal(8, encoder.Features);
        Assert.Equal(whole.Stages(images)[0].Permute(0, 2, 3, 1).ToArray<float>(), grid.ToArray<float>());

        var path = Path.GetTempFileName();
        EncoderFile.Write(path, encoder);
        using var read = EncoderFile.Read(path);
        File.Delete(path);
        Assert.Equal(encoder.Options, read.Options);
        Assert.Equal(grid.ToArray<float>(), read.Grid(images).ToArray<float>());
    }

    [Fact]
    public void Other_stages_than_there_are_are_refused()
    {
        using var generator = new Generator(1);
        using var encoder = new ConvEncoder(new(8, [1, 1], ResidualOrder.Plain, ConvStem.Small), Input, generator);
        foreach (var stage in new[] { 0, 3 })
            Assert.Contains($"has the stages 1 to 2, got {stage}",
                Assert.Throws<ArgumentException>(() => new StageEncoder(encoder, stage)).Message, StringComparison.Ordinal);
    }
}
