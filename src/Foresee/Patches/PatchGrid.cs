using Foresee.Torch;

namespace Foresee.Patches;

/// <summary>Pixels to patches.</summary>
public static class PatchGrid
{
    /// <summary>Cuts images into their patches, in the order image, row, column.</summary>
    /// <param name="images">[B, C, height, width]</param>
    /// <param name="grid">Its sizes must be those of the images.</param>
    /// <returns>[B·H·W, C, p, p], a copy.</returns>
    public static Tensor Extract(Tensor images, GridGeometry grid)
    {
        Check(images, grid);
        return images
            .Unfold(2, grid.Patch, grid.Stride)                     // [B, C, H, width, p]
            .Unfold(3, grid.Patch, grid.Stride)                     // [B, C, H, W, p, p]
            .Permute(0, 2, 3, 1, 4, 5)                              // [B, H, W, C, p, p]
            .Reshape(-1, images.Size(1), grid.Patch, grid.Patch);   // [B·H·W, C, p, p]
    }

    /// <summary>
    /// The same with each patch's window moved by itself, by -translation..translation pixels down and across, each equally likely.
    /// What moves in is the image's own surroundings, and black (0) beyond its border.
    /// </summary>
    public static Tensor Extract(Tensor images, GridGeometry grid, int translation, Generator generator)
    {
        Check(images, grid);
        if (translation == 0) return Extract(images, grid);
        var (batch, channels, p, t) = (images.Size(0), images.Size(1), (long)grid.Patch, translation);
        var device = images.Device;
        var padded = images.Pad([t, t, t, t]);                                                      // [B, C, height+2t, width+2t]
        var (height, width) = (padded.Size(2), padded.Size(3));
        Tensor Move() => Tensor.RandInt(0, 2 * t + 1, [batch, grid.Rows, grid.Columns], generator, device);
        var top = Move() + (Tensor.Arange(grid.Rows, device) * grid.Stride).Reshape(-1, 1);         // [B, H, W]
        var left = Move() + Tensor.Arange(grid.Columns, device) * grid.Stride;                      // [B, H, W]
        var image = (Tensor.Arange(batch, device) * (channels * height * width)).Reshape(-1, 1, 1);
        var corner = (image + top * width + left).Reshape(-1, 1, 1, 1);                             // [N, 1, 1, 1]
        var inside = (Tensor.Arange(channels, device) * (height * width)).Reshape(-1, 1, 1)
            + (Tensor.Arange(p, device) * width).Reshape(-1, 1) + Tensor.Arange(p, device);         // [C, p, p]
        return padded.Contiguous().Flatten().IndexSelect(0, (corner + inside).Flatten()).Reshape(-1, channels, p, p);   // [N, C, p, p]
    }

    private static void Check(Tensor images, GridGeometry grid)
    {
        var shape = images.Shape;
        if (shape.Length != 4 || shape[2] != grid.Height || shape[3] != grid.Width)
            throw new ArgumentException($"Patches need images of [B, C, {grid.Height}, {grid.Width}], got [{string.Join(", ", shape)}].");
    }
}
