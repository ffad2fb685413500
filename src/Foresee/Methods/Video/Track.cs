namespace Foresee.Methods.Video;

/// <summary>A square part of a clip's frames that moves, where it is in the first and where in the last.</summary>
/// <param name="Moves">False where nothing does: then there is nothing to track.</param>
internal readonly record struct Track(Block First, Block Last, bool Moves)
{
    /// <summary>Begins where most moves, and follows from frame to frame.</summary>
    /// <param name="grey">[frames, height, width] of 0 to 1</param>
    /// <param name="side">Of the square.</param>
    /// <param name="leastMotion">Mean of the motion map over the square from which on something moves.</param>
    public static Track Of(ReadOnlySpan<float> grey, int frames, int height, int width, int side, double leastMotion)
    {
        var map = MotionMap.Of(grey, frames, height, width, 0, MotionMap.Reach(height, width));
        var first = Most(map, height, width, side, out var motion);
        var (size, last, reach) = (height * width, first, Math.Max(1, Math.Min(height, width) / 8));
        for (var t = 1; t < frames; t++)
            last = last.Moved(BlockMatching.Find(grey.Slice((t - 1) * size, size), grey.Slice(t * size, size), height, width, last, reach));
        return new(first, last, motion >= leastMotion);
    }

    /// <summary>The square with the largest mean, by sums over all rectangles that begin at the top left.</summary>
    internal static Block Most(ReadOnlySpan<float> map, int height, int width, int side, out double mean)
    {
        var sums = new double[(height + 1) * (width + 1)];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                sums[(y + 1) * (width + 1) + x + 1] = map[y * width + x] + sums[y * (width + 1) + x + 1] + sums[(y + 1) * (width + 1) + x]
                    - sums[y * (width + 1) + x];
        var (best, most) = (default(Block), -1.0);
        for (var y = 0; y + side <= height; y++)
            for (var x = 0; x + side <= width; x++)
            {
                var sum = sums[(y + side) * (width + 1) + x + side] - sums[y * (width + 1) + x + side]
                    - sums[(y + side) * (width + 1) + x] + sums[y * (width + 1) + x];
                if (sum > most + 1e-9) (best, most) = (new(y, x, side, side), sum);
            }
        mean = most / (side * side);
        return best;
    }
}
