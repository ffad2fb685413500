using Foresee.Losses;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class BarlowTwinsTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("barlow", t => CrossCorrelation.Of(t["a"], t["b"], 0.0051).Loss);

    [Fact]
    public void Scale_and_offset_of_a_coordinate_change_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor a = Tensor.RandN([16, 4], generator), b = Tensor.RandN([16, 4], generator);
        var scaled = a * Tensor.From([1f, 30f, 0.5f, 4f]) + Tensor.From([0f, 2f, -1f, 5f]);
        var (loss, agreement) = CrossCorrelation.Of(a, b, 0.1);
        var (same, too) = CrossCorrelation.Of(scaled, b, 0.1);
        Assert.Equal(loss.ToDouble(), same.ToDouble(), 1e-3);
        Assert.Equal(agreement.ToDouble(), too.ToDouble(), 1e-4);
    }

    [Fact]
    public void Equal_views_without_redundancy_have_a_loss_of_0()
    {
        using var scope = TensorScope.Begin();
        // all eight corners of a cube: mean 0, variance 1, coordinates uncorrelated
        var corners = Tensor.From([.. Enumerable.Range(0, 24).Select(i => (i / 3 >> i % 3 & 1) == 1 ? 1f : -1f)], 8, 3);
        var (loss, agreement) = CrossCorrelation.Of(corners, corners, 1);
        Assert.Equal(0, loss.ToDouble(), 1e-8);
        Assert.Equal(1, agreement.ToDouble(), 1e-4);
    }

    /// <summary>d + λ d(d-1)/B on average.</summary>
    [Fact]
    public void Unrelated_views_have_the_loss_that_the_page_states()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        const int Size = 64, Count = 128;
        var mean = Enumerable.Range(0, 20).Average(_ =>
            CrossCorrelation.Of(Tensor.RandN([Count, Size], generator), Tensor.RandN([Count, Size], generator), 0.5).Loss.ToDouble());
        Assert.InRange(mean / (Size + 0.5 * Size * (Size - 1) / Count), 0.98, 1.02);
    }
}
