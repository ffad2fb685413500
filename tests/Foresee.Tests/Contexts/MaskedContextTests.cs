using Foresee.Contexts;
using Foresee.Torch;

namespace Foresee.Tests.Contexts;

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
}
