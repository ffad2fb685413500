using Foresee.Torch;

namespace Foresee.Methods.Cpc;

/// <summary>Which way a context reads the grid, and so where what it predicts lies.</summary>
public enum Direction
{
    /// <summary>Sees the rows above, predicts rows below.</summary>
    Down,

    /// <summary>Sees the rows below, predicts rows above.</summary>
    Up,

    /// <summary>Sees the columns to the left, predicts columns to the right.</summary>
    Right,

    /// <summary>Sees the columns to the right, predicts columns to the left.</summary>
    Left,
}

public static class Directions
{
    public static IReadOnlyList<Direction> All { get; } = [Direction.Down, Direction.Up, Direction.Right, Direction.Left];

    /// <summary>
    /// Turns a grid so that reading it downwards is reading it in this direction. Nothing is turned back: the labels are turned along.
    /// </summary>
    /// <param name="grid">[..., H, W]; the two last dimensions are turned. A view where libtorch can give one.</param>
    public static Tensor Orient(this Direction direction, Tensor grid) => direction switch
    {
        Direction.Down => grid,
        Direction.Up => grid.Flip(-2),
        Direction.Right => grid.Transpose(-2, -1),
        _ => grid.Transpose(-2, -1).Flip(-2),
    };
}
