using Foresee.Losses;
using Foresee.Tests.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Losses;

/// <summary>Losses of semi-supervised learning on logits: PyTorch's values and gradients, and what must be exactly zero.</summary>
public sealed class ConsistencyTests : IDisposable
{
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly Generator generator = new(1);

    public void Dispose()
    {
        scope.Dispose();
        generator.Dispose();
    }

    private Tensor Learning(double scale = 1)
    {
        var z = Tensor.RandN([6, 5], generator) * scale;
        z.RequiresGrad = true;
        return z;
    }

    [Fact]
    public void Values_and_gradients_are_PyTorchs()
    {
        MethodFixtures.Compare("fixmatch", t => Consistency.HardLabels(t["believed"], t["z"], 0.8));
        MethodFixtures.Compare("pseudolabel", t => Consistency.HardLabels(t["z"], t["z"]));
        MethodFixtures.Compare("uda", t => Consistency.Divergence(t["believed"], t["z"], 0.4, 0.8));
        MethodFixtures.Compare("lds", t => Consistency.Divergence(t["believed"], t["z"]));
        MethodFixtures.Compare("meanteacher", t => Consistency.SquaredDifference(t["believed"], t["z"]));
        MethodFixtures.Compare("entropy", t => Entropy.Of(t["z"]));
        MethodFixtures.Compare("annealed", t => AnnealedSignal.CrossEntropy(t["z"], t["labels"], 0.15));
    }

    [Fact]
    public void No_gradient_goes_into_what_is_believed()
    {
        foreach (var loss in new Func<Tensor, Tensor, Tensor>[] { (a, b) => Consistency.HardLabels(a, b),
            (a, b) => Consistency.Divergence(a, b, 0.5), Consistency.SquaredDifference })
        {
            var (believed, z) = (Learning(), Learning());
            loss(believed, z).Backward();
            Assert.Null(believed.Grad);
            Assert.InRange(z.Grad!.Abs().Max().ToDouble(), 1e-4, double.MaxValue);
        }
    }

    [Fact]
    public void Images_below_the_threshold_have_exactly_no_gradient_and_still_count_in_the_mean()
    {
        var (believed, z) = (Tensor.From(new[] { 9f, 0, 0, 0.1f, 0, 0, 0, 8, 0, 0, 0.2f, 0 }, 4, 3), Learning());
        z = Tensor.RandN([4, 3], generator);
        z.RequiresGrad = true;
        foreach (var loss in new[] { Consistency.HardLabels(believed, z, 0.95), Consistency.Divergence(believed, z, 0.4, 0.95) })
        {
            z.Grad = null;
            loss.Backward();
            var gradient = z.Grad!.ToArray<float>().Chunk(3).ToArray();
            Assert.All(new[] { 1, 3 }, row => Assert.All(gradient[row], value => Assert.Equal(0f, value)));
            Assert.All(new[] { 0, 2 }, row => Assert.Contains(gradient[row], value => value != 0));
        }
        var alone = Consistency.HardLabels(believed.IndexSelect(0, Tensor.From([0L, 2L])), z.IndexSelect(0, Tensor.From([0L, 2L])));
        Assert.Equal(alone.ToDouble() / 2, Consistency.HardLabels(believed, z, 0.95).ToDouble(), 1e-6);
    }

    [Fact]
    public void A_threshold_above_1_asks_nothing()
    {
        var z = Learning(100);
        var loss = Consistency.HardLabels(z, z, 1.01);
        loss.Backward();
        Assert.Equal(0, loss.ToDouble());
        Assert.All(z.Grad!.ToArray<float>(), value => Assert.Equal(0f, value));
    }

    [Fact]
    public void A_view_that_is_believed_of_itself_teaches_nothing_unless_it_is_sharpened()
    {
        var z = Learning();
        var loss = Consistency.Divergence(z, z);
        loss.Backward();
        Assert.Equal(0, loss.ToDouble(), 1e-6);
        Assert.InRange(z.Grad!.Abs().Max().ToDouble(), 0, 1e-7);
        Assert.InRange(Consistency.Divergence(z, z, 0.5).ToDouble(), 0.01, 10);
        Assert.Equal(0, Consistency.SquaredDifference(z, z).ToDouble());
    }

    [Fact]
    public void Entropy_is_ln_C_where_nothing_is_known_and_0_where_all_is()
    {
        Assert.Equal(Math.Log(5), Entropy.Of(Tensor.Zeros([3, 5])).ToDouble(), 1e-6);
        Assert.Equal(0, Entropy.Of(Tensor.From(new[] { 200f, 0, 0, 0, 300, 0 }, 2, 3)).ToDouble(), 1e-6);
    }

    [Theory]
    [InlineData(AnnealedRise.Linear, 0, 0.2)]
    [InlineData(AnnealedRise.Linear, 0.5, 0.6)]
    [InlineData(AnnealedRise.Linear, 1, 1)]
    [InlineData(AnnealedRise.Exponential, 0, 0.2053903)] // 0.2 + 0.8 e^-5
    [InlineData(AnnealedRise.Exponential, 1, 1)]
    [InlineData(AnnealedRise.Logarithmic, 0, 0.2)]
    [InlineData(AnnealedRise.Logarithmic, 1, 0.9946097)] // 1 - 0.8 e^-5
    public void The_annealed_bound_rises_from_chance_to_1(AnnealedRise rise, double time, double expected) =>
        Assert.Equal(expected, AnnealedSignal.Bound(time, 5, rise), 1e-6);

    [Fact]
    public void A_label_that_is_known_well_enough_has_exactly_no_gradient_and_none_left_is_0()
    {
        var z = Tensor.From(new[] { 4f, 0, 0, 0, 0, 0 }, 2, 3).Clone();
        z.RequiresGrad = true;
        var labels = Tensor.From([0L, 1L]);
        AnnealedSignal.CrossEntropy(z, labels, 0.5).Backward();
        var gradient = z.Grad!.ToArray<float>();
        Assert.All(gradient[..3], value => Assert.Equal(0f, value));
        Assert.Contains(gradient[3..], value => value != 0);
        Assert.Equal(0, AnnealedSignal.CrossEntropy(z, labels, 0.1).ToDouble());
    }
}
