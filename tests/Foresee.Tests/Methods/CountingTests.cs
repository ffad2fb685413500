using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class CountingTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("counting", t => Counting.Of(t["whole"], t["parts"], 40));

    [Fact]
    public void Nothing_counted_costs_the_margin_and_counting_the_same_everywhere_no_less()
    {
        using var scope = TensorScope.Begin();
        double Of(double value) => Counting.Of(Tensor.Full([4, 6], value), Tensor.Full([4, 4, 6], value), 10).ToDouble();
        Assert.Equal(10, Of(0), 1e-6);
        Assert.All([0.01, 0.1, 0.5, 1, 3], value => Assert.InRange(Of(value), 10 - 1e-5, double.MaxValue));
    }

    [Fact]
    public void Counts_that_add_up_make_the_first_term_zero()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var x = Tensor.Rand([3, 2, 8, 8], generator);
        Tensor φ(Tensor image) => image.Mean([-2, -1]);                                      // of a quarter: four times its share
        var parts = φ(Counting.Quartered(x)) / 4;                                            // [3, 4, 2]
        Assert.InRange((φ(Counting.Means(x)) - parts.Sum(1)).Abs().Max().ToDouble(), 0, 1e-6);
        Assert.Equal(0, Counting.Of(φ(Counting.Means(x)), parts, 1e-9).ToDouble(), 1e-6);
    }

    [Fact]
    public void Quarters_put_together_are_the_image()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var x = Tensor.Rand([2, 3, 6, 4], generator);
        var parts = Counting.Quartered(x);                                                   // [2, 4, 3, 3, 2]
        Tensor Half(int first) => Tensor.Cat([parts.Select(1, first), parts.Select(1, first + 1)], 3);
        Assert.Equal(x.ToArray<float>(), Tensor.Cat([Half(0), Half(2)], 2).ToArray<float>());
    }
}
