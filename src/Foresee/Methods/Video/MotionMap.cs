namespace Foresee.Methods.Video;

/// <summary>
/// What moves in a frame, by its difference from the background:
/// <code>
/// s_t = the camera's motion from frame a to frame t                    <see cref="BlockMatching"/> of the frame without its border
/// d(x) = |I_a(x) - median over t of I_t(x + s_t)|                      over the frames that show x + s_t
/// </code>
/// </summary>
/// <remarks>
/// The camera may move straight, not turn or zoom. A thing that covers a place in half of the frames or more is background there: slow
/// things are found at their edges only. No flow is estimated.
/// </remarks>
internal static class MotionMap
{
    /// <param name="grey">[frames, height, width] of 0 to 1</param>
    /// <param name="at">a</param>
    /// <param name="reach">Most pixels that the camera moves between frame a and any other, up, down or aside.</param>
    /// <returns>d: [height, width]</returns>
    public static float[] Of(ReadOnlySpan<float> grey, int frames, int height, int width, int at, int reach)
    {
        var (size, inner) = (height * width, new Block(reach, reach, height - 2 * reach, width - 2 * reach));
        var here = grey.Slice(at * size, size);
        var shifts = new Shift[frames];
        for (var t = 0; t < frames; t++)
            if (t != at) shifts[t] = BlockMatching.Find(here, grey.Slice(t * size, size), height, width, inner, reach);
        var map = new float[size];
        Span<float> seen = stackalloc float[frames];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var count = 0;
                for (var t = 0; t < frames; t++)
                {
                    var (row, column) = (y + shifts[t].Down, x + shifts[t].Right);
                    if (row >= 0 && row < height && column >= 0 && column < width) seen[count++] = grey[t * size + row * width + column];
                }
                map[y * width + x] = Math.Abs(here[y * width + x] - Median(seen[..count]));
            }
        return map;
    }

    /// <summary>Sorts them; the mean of the two in the middle of an even number.</summary>
    private static float Median(Span<float> values)
    {
        values.Sort();
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    /// <summary>Pixels that the camera may move within a window: an eighth of the side.</summary>
    public static int Reach(int height, int width) => Math.Max(1, Math.Min(height, width) / 8);
}
