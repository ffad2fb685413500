using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class ColourisationTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("colours", t =>
        ColourBins.Loss(t["scores"], ColourBins.Code(t["ab"], t["centres"], 10), ColourBins.Weights(t["p"], 0.5), t["counted"]));

    [Theory]
    [InlineData(10, 255, 261)] // 261 by a scan of all colours; this one leaves some out
    [InlineData(20, 65, 85)]
    public void Bins_are_those_that_sRGB_reaches(double step, int least, int most)
    {
        using var scope = TensorScope.Begin();
        using var bins = new ColourBins(step, 0.5);
        Assert.InRange(bins.Count, least, most);
        var code = bins.Forward(bins.Centres);                                               // [Q, Q]
        Assert.Equal(Enumerable.Range(0, bins.Count).Select(q => (long)q), code.ArgMax(1).ToArray<long>());
        Assert.All(code.Sum(1).ToArray<float>(), sum => Assert.Equal(1, sum, 1e-5));
        bins.Learn(bins.Forward(Tensor.Zeros([7, 2])));                                      // mostly grey
        using var p = bins.State().Single(t => t.Name == "seen").Value / 2.0;
        var w = bins.Weights();
        Assert.Equal(1, (p * w).Sum().ToDouble(), 1e-5);
        Assert.Equal(p.ArgMax(0).ToInt64(), (-w).ArgMax(0).ToInt64());                       // the commonest counts least
    }

    [Fact]
    public void Grey_pictures_cost_nothing_and_teach_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new Colourisation(new ColourisationOptions(MethodFixtures.Encoder) { Step = 20 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        var grey = (Tensor.Rand([4, 1, 32, 32], generator) * 255).To(DType.UInt8).Expand(4, 3, 32, 32).Contiguous();
        var loss = method.Loss(method.Prepare(Batches.Of(grey), generator)).Total;
        Assert.Equal(0, loss.ToDouble());
        loss.Backward();
        Assert.All(method.Network.Parameters(), parameter => Assert.Equal(0, parameter.Value.Grad?.Abs().Max().ToDouble() ?? 0));
    }

    [Fact]
    public void Before_learning_the_loss_is_near_the_logarithm_of_the_classes()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new Colourisation(new SplitBrainOptions(MethodFixtures.Encoder) { Step = 20 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        var coarse = Tensor.Rand([8, 3, 4, 4], generator) * 255;
        var images = Tensor.Invoke("aten::upsample_nearest2d", "", coarse, new long[] { 32, 32 }).To(DType.UInt8);
        var loss = method.Loss(method.Prepare(Batches.Of(images), generator));
        var (colours, lightness) = (Math.Log(method.Bins.Count), Math.Log(100));
        Assert.Equal(colours + lightness, loss.ChanceLevel!.Value, 1e-9);
        Assert.InRange(loss.Metrics[1].Value.ToDouble(), lightness - 0.3, lightness + 0.5);
        Assert.InRange(loss.Metrics[0].Value.ToDouble(), 0.5 * colours, 2 * colours);        // weighted by how seldom colours are
        var pictures = method.Pictures(Batches.Of(images), generator);
        Assert.Equal(3, pictures.Count);
        Assert.All(pictures, picture => Assert.Equal([8, 3, 32, 32], picture.Shape));
        Assert.InRange((pictures[0] - pictures[0].Narrow(1, 0, 1)).Abs().Max().ToDouble(), 0, 1e-3); // grey goes in
    }

    [Fact]
    public void Grey_images_are_refused()
    {
        var faults = new List<string>();
        new ColourisationOptions(MethodFixtures.Encoder).Validate(new(32, 32, 1), faults);
        Assert.Contains("3 channels (RGB), got 1", Assert.Single(faults), StringComparison.Ordinal);
    }
}
