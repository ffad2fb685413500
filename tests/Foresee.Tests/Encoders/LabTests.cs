using Foresee.Encoders;
using Foresee.Tests.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Encoders;

public sealed class LabTests
{
    [Fact]
    public void Its_values_and_their_gradient_are_those_of_the_definition_in_f64() =>
        MethodFixtures.Compare("lab", t => (Lab.Of(t["rgb"]) / 50).Square().Mean());

    [Theory]
    [InlineData(1, 1, 1, 100, 0, 0)]
    [InlineData(0, 0, 0, 0, 0, 0)]
    [InlineData(1, 0, 0, 53.24, 80.09, 67.20)]
    [InlineData(0, 1, 0, 87.73, -86.18, 83.18)]
    [InlineData(0, 0, 1, 32.30, 79.19, -107.86)]
    public void Known_colours_have_their_known_values(float r, float g, float b, double lightness, double red, double yellow)
    {
        using var scope = TensorScope.Begin();
        var lab = Lab.Of(Tensor.From<float>([r, g, b], 1, 3, 1, 1)).ToArray<float>();
        Assert.Equal(lightness, lab[0], 0.02);
        Assert.Equal(red, lab[1], 0.02);
        Assert.Equal(yellow, lab[2], 0.02);
    }

    [Fact]
    public void There_and_back_is_the_same_colour()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var rgb = Tensor.Rand([4, 3, 8, 8], generator);
        Assert.InRange((Lab.ToRgb(Lab.Of(rgb)) - rgb).Abs().Max().ToDouble(), 0, 1e-4);
    }

    [Fact]
    public void Each_half_knows_nothing_of_the_others_channels()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var encoder = new LabEncoder(new(MethodFixtures.Encoder, MethodFixtures.Encoder), MethodFixtures.Input, generator);
        var lab = Lab.Of(Tensor.Rand([4, 3, 32, 32], generator));
        lab.RequiresGrad = true;
        var half = encoder.LightnessFeatures;
        foreach (var (from, zero, other) in new[] { (0, 1, 0), (half, 0, 1) })
        {
            lab.Grad = null;
            encoder.GridOf(lab).Narrow(3, from, half).Square().Sum().Backward();
            Assert.Equal(0, lab.Grad!.Narrow(1, zero, zero == 1 ? 2 : 1).Abs().Max().ToDouble());
            Assert.NotEqual(0, lab.Grad!.Narrow(1, other, other == 1 ? 2 : 1).Abs().Max().ToDouble());
        }
        Assert.Equal([16, 32], encoder.StageWidths);
        Assert.Equal(encoder.Features, (int)encoder.Grid(Tensor.Zeros([1, 3, 32, 32])).Size(3));
    }
}
