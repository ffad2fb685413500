using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class GreyBlurTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("greyblur", t => GreyBlur.Of(t["target"], t["output"], t["mask"], 4));

    [Fact]
    public void The_blur_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("blur", t => GreyBlur.Blurred(t["x"], 0.8).Square().Sum());

    [Fact]
    public void A_region_is_grey_and_nothing_outside_is_touched()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var input = MethodFixtures.Input with { Mean = [0.3, 0.5, 0.6], Std = [0.2, 0.25, 0.3] };
        MethodContext context = new(input, generator, Device.Cpu);
        using var method = new GreyBlur(new(MethodFixtures.Encoder), context);
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(16, generator)), generator).Tensors;
        var (x, spoilt, mask) = (inputs[0], inputs[1], inputs[2]);
        Assert.InRange(mask.Mean().ToDouble(), 0.1, 0.6);
        Assert.Equal(0, ((x - spoilt).Abs() * mask.Less(0.5).To(DType.Float32)).Max().ToDouble());
        var pixels = context.Pixels(spoilt);
        Assert.InRange(((pixels - pixels.Narrow(1, 0, 1)).Abs() * mask).Max().ToDouble(), 0, 1e-5);
        Assert.NotEqual(0, ((x - spoilt).Abs() * mask).Max().ToDouble());
    }

    [Fact]
    public void Without_regions_the_input_is_the_target_and_copying_it_costs_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new GreyBlur(new(MethodFixtures.Encoder) { FewestRegions = 0, MostRegions = 0 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(2, generator)), generator).Tensors;
        Assert.Equal(0, GreyBlur.Of(inputs[0], inputs[1], inputs[2], 4).ToDouble());
    }
}
