namespace Foresee.Methods.Video;

/// <summary>A rectangle of a frame, in pixels.</summary>
internal readonly record struct Block(int Top, int Left, int Height, int Width)
{
    public Block Moved(Shift by) => this with { Top = Top + by.Down, Left = Left + by.Right };

    public bool IsWithin(int height, int width) => Top >= 0 && Left >= 0 && Top + Height <= height && Left + Width <= width;
}

/// <summary>In pixels.</summary>
internal readonly record struct Shift(int Down, int Right)
{
    public int SquaredLength => Down * Down + Right * Right;
}

/// <summary>
/// Where a block of one frame is in another:
/// <code>
/// s = argmin over |s_y|, |s_x| ≤ reach of mean over x in the block of |from(x) - to(x + s)|
/// </code>
/// </summary>
/// <remarks>Whole pixels; ties go to the shorter shift, and shifts out of the frame are left out. Of large blocks every second pixel or
/// fewer are compared, about 1,024.</remarks>
internal static class BlockMatching
{
    private const int Compared = 1024;

    /// <param name="from">[height, width]</param>
    /// <param name="to">[height, width]</param>
    public static Shift Find(ReadOnlySpan<float> from, ReadOnlySpan<float> to, int height, int width, Block block, int reach)
    {
        var stride = Math.Max(1, (int)Math.Sqrt((double)block.Height * block.Width / Compared));
        var (best, least) = (default(Shift), double.PositiveInfinity);
        for (var down = -reach; down <= reach; down++)
            for (var right = -reach; right <= reach; right++)
            {
                var shift = new Shift(down, right);
                if (!block.Moved(shift).IsWithin(height, width)) continue;
                var cost = Cost(from, to, width, block, shift, stride, least);
                if (cost > least || (cost == least && shift.SquaredLength >= best.SquaredLength)) continue;
                (best, least) = (shift, cost);
            }
        return best;
    }

    /// <summary>A sum over the same pixels for each shift; it may end early once it is above the most.</summary>
    private static double Cost(ReadOnlySpan<float> from, ReadOnlySpan<float> to, int width, Block block, Shift shift, int stride,
        double most)
    {
        var sum = 0.0;
        for (var y = block.Top; y < block.Top + block.Height && sum <= most; y += stride)
        {
            var here = from.Slice(y * width + block.Left, block.Width);
            var there = to.Slice((y + shift.Down) * width + block.Left + shift.Right, block.Width);
            for (var x = 0; x < here.Length; x += stride) sum += Math.Abs(here[x] - there[x]);
        }
        return sum;
    }
}
