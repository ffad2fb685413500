using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class JigsawTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("jigsaw",
        t => Choice.Of(Jigsaw.Ordered(t["tiles"], t["order"]).Flatten(1).MatMul(t["weight"].T()), t["labels"]).Loss);

    [Fact]
    public void An_order_and_its_inverse_give_the_tiles_back()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var tiles = Tensor.Rand([4, 9, 3, 2, 2], generator);
        var order = Tensor.Stack([.. Enumerable.Range(0, 4).Select(_ => Tensor.RandPerm(9, generator))]);
        var inverse = Tensor.Invoke("aten::argsort", "", order, 1);
        Assert.NotEqual(tiles.ToArray<float>(), Jigsaw.Ordered(tiles, order).ToArray<float>());
        Assert.Equal(tiles.ToArray<float>(), Jigsaw.Ordered(Jigsaw.Ordered(tiles, order), inverse).ToArray<float>());
    }

    [Fact]
    public void Before_learning_the_loss_is_near_the_logarithm_of_the_orders()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var options = new JigsawOptions(MethodFixtures.Encoder) { Tiles = new(8, 2, 1), Permutations = 20, TileWidth = 8, HeadWidth = 16 };
        using var method = new Jigsaw(options, new(MethodFixtures.Input, generator, Device.Cpu));
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(16, generator)), generator);
        Assert.True(inputs.Tensors[1].ToArray<long>().Distinct().Count() > 1); // an order of its own for each image
        var loss = method.Loss(inputs);
        Assert.Equal(Math.Log(20), loss.ChanceLevel!.Value, 1e-12);
        Assert.InRange(loss.Total.ToDouble(), Math.Log(20) - 0.2, Math.Log(20) + 0.3);
    }
}
