using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class AmdimTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("amdim", t =>
    {
        var (loss, square, _) = LocalGlobal.Of(t["f"], t["g"], 5);
        return loss + square * 0.04;
    });

    [Fact]
    public void One_image_has_no_loss()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Assert.Equal(0, LocalGlobal.Of(Tensor.RandN([1, 6], generator), Tensor.RandN([1, 9, 6], generator), 20).Loss.ToDouble());
    }

    [Fact]
    public void Scores_of_0_have_the_loss_of_chance_and_no_penalty()
    {
        using var scope = TensorScope.Begin();
        var (loss, square, correct) = LocalGlobal.Of(Tensor.Zeros([64, 3]), Tensor.Ones([64, 49, 3]), 20);
        Assert.Equal(Math.Log(1 + 63 * 49), loss.ToDouble(), 1e-4);
        Assert.Equal(8.04, loss.ToDouble(), 1e-2);
        Assert.Equal(0, square.ToDouble());
        Assert.Equal(0, correct.ToDouble()); // a tie is not found
    }

    [Fact]
    public void Before_learning_each_part_is_near_chance_and_the_other_views_cells_are_asked()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new Amdim(new(MethodFixtures.Encoder) { Projection = 16 }, new(MethodFixtures.Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator));
        var parts = loss.Metrics.Where(metric => metric.Name == Metric.Loss).ToList();
        Assert.Equal([Math.Log(1 + 7 * 25), Math.Log(1 + 7 * 49), Math.Log(1 + 7 * 25)], parts.Select(part => part.ChanceLevel!.Value));
        Assert.All(parts, part => Assert.InRange(part.Value.ToDouble() / part.ChanceLevel!.Value, 0.7, 1.3));
        Assert.Equal(parts.Sum(part => part.ChanceLevel!.Value), loss.ChanceLevel!.Value, 1e-9);
    }
}
