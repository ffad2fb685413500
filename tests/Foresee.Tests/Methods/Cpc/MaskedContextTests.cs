using Foresee.Methods.Cpc;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Cpc;

public sealed class MaskedContextTests
{
    private const int Side = 6, Features = 8;

    /// <summary>Which way a cell lies from another, in the direction's reading order: positive when it comes later.</summary>
    private static int Ahead(Direction direction, int row, int column, int fromRow, int fromColumn) => direction switch
    {
        Direction.Down => row - fromRow,
        Direction.Up => fromRow - row,
        Direction.Right => column - fromColumn,
        _ => fromColumn - column,
    };

    [Theory]
    [InlineData(Direction.Down)]
    [InlineData(Direction.Up)]
    [InlineData(Direction.Right)]
    [InlineData(Direction.Left)]
    public void A_context_row_never_sees_what_lies_ahead(Direction direction)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var network = new MaskedContext(Features, middle: 16, depth: 5, generator);
        var grid = Tensor.RandN([1, Features, Side, Side], generator);
        grid.RequiresGrad = true;
        var context = network.Forward(direction.Orient(grid));      // rows in reading order
        for (var line = 0; line < Side; line++)
        {
            var gradient = Autograd.Gradients([context.Select(2, line).Sum()], [grid], retainGraph: true)[0]!
                .Abs().Sum(1).Select(0, 0).ToArray<float>();         // [H, W] in the image's own order
            for (var row = 0; row < Side; row++)
                for (var column = 0; column < Side; column++)
                {
                    // The line's own place in the image: the direction's line-th row or column.
                    var ahead = direction is Direction.Down or Direction.Right
                        ? Ahead(direction, row, column, line, line)
                        : Ahead(direction, row, column, Side - 1 - line, Side - 1 - line);
                    var value = gradient[row * Side + column];
                    if (ahead > 0) Assert.Equal(0f, value);
                    else if (ahead == 0) Assert.NotEqual(0f, value);
                }
        }
    }

    [Fact]
    public void Five_blocks_see_five_rows_above()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var network = new MaskedContext(Features, middle: 16, depth: 5, generator);
        var grid = Tensor.RandN([1, Features, 8, 8], generator);
        grid.RequiresGrad = true;
        network.Forward(grid).Select(2, 7).Sum().Backward();
        var rows = grid.Grad!.Abs().Sum([0, 1, 3]).ToArray<float>();
        Assert.All(rows[..2], r => Assert.Equal(0f, r));
        Assert.All(rows[2..], r => Assert.NotEqual(0f, r));
    }

    /// <summary>A block shared by all and a ReLU after each is a context of one block, passed through as often.</summary>
    [Fact]
    public void One_block_passed_through_twice_is_a_shared_context_of_two()
    {
        using var scope = TensorScope.Begin();
        using Generator first = new(3), second = new(3), data = new(4);
        using var once = new MaskedContext(Features, middle: 16, depth: 1, first);
        using var shared = new MaskedContext(Features, middle: 16, depth: 2, second,
            new(ContextActivation.AfterEach, ContextWeights.Shared));
        Assert.Equal(once.Parameters().Select(p => p.Name), shared.Parameters().Select(p => p.Name));
        var grid = Tensor.RandN([2, Features, Side, Side], data);
        Assert.Equal(once.Forward(once.Forward(grid)).ToArray<float>(), shared.Forward(grid).ToArray<float>());
    }

    [Fact]
    public void A_relu_after_each_block_changes_what_the_next_one_sees()
    {
        using var scope = TensorScope.Begin();
        using Generator first = new(3), second = new(3), data = new(4);
        using var last = new MaskedContext(Features, middle: 16, depth: 3, first);
        using var each = new MaskedContext(Features, middle: 16, depth: 3, second, new(ContextActivation.AfterEach));
        var grid = Tensor.RandN([2, Features, Side, Side], data);
        Assert.NotEqual(last.Forward(grid).ToArray<float>(), each.Forward(grid).ToArray<float>());
        Assert.All(each.Forward(grid).ToArray<float>(), value => Assert.True(value >= 0));
    }
}
