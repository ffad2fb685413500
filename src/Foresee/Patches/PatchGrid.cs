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

    /// <summary>The middle of images that are larger; others as they are.</summary>
    /// <param name="images">[.., height, width]</param>
    public static Tensor Centre(Tensor images, int height, int width)
    {
        var (down, across) = (images.Size(-2) - height, images.Size(-1) - width);
        return down <= 0 && across <= 0 ? images : images.Narrow(-2, down / 2, height).Narrow(-1, across / 2, width);
    }

    private static void Check(Tensor images, GridGeometry grid)
    {
        var shape = images.Shape;
        if (shape.Length != 4 || shape[2] != grid.Height || shape[3] != grid.Width)
            throw new ArgumentException($"Patches need images of [B, C, {grid.Height}, {grid.Width}], got [{string.Join(", ", shape)}].");
    }
}
