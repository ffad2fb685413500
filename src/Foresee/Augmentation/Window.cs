using System.Numerics;
using Foresee.Patches;

namespace Foresee.Augmentation;

/// <summary>The part of an image that a patch shows; it may reach beyond the image, which is black (0) there.</summary>
internal readonly record struct Window(int Top, int Left, bool Mirrored)
{
    /// <param name="pixels">[B, C, height, width]</param>
    /// <param name="patch">[C, p, p]</param>
    public void Read<T>(ReadOnlySpan<T> pixels, int image, GridGeometry grid, int channels, float scale, Span<float> patch) where T : unmanaged, INumberBase<T>
    {
        var (from, to) = (Math.Max(0, -Left), Math.Min(grid.Patch, grid.Width - Left)); // columns of the window inside the image
        if (from > 0 || to < grid.Patch || Top < 0 || Top + grid.Patch > grid.Height) patch.Clear();
        for (var c = 0; c < channels; c++)
            for (var y = Math.Max(0, -Top); y < Math.Min(grid.Patch, grid.Height - Top); y++)
            {
                var line = pixels.Slice(((image * channels + c) * grid.Height + Top + y) * grid.Width + Left + from, to - from);
                var row = patch.Slice((c * grid.Patch + y) * grid.Patch, grid.Patch);
                for (var x = 0; x < line.Length; x++) row[from + x] = float.CreateTruncating(line[x]) * scale;
                if (Mirrored) row.Reverse();
            }
    }
}
