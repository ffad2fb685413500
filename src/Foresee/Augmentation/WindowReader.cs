namespace Foresee.Augmentation;

/// <summary>Reads a window of an image into a view: pixel by pixel where they are of one size, resized otherwise.</summary>
internal sealed class WindowReader(ViewFormat format)
{
    private readonly Resizer resizer = new(format.Channels, format.Height, format.Width);

    /// <param name="window">May reach beyond the image where it is as large as the view; otherwise only what lies in the image is
    /// shown.</param>
    /// <param name="mirrored">Left to right.</param>
    /// <param name="upsideDown">Top to bottom.</param>
    /// <param name="view">[C, height, width]</param>
    public void Read(in ViewSource images, int image, Window window, bool mirrored, bool upsideDown, Span<float> view)
    {
        if (window.Height != format.Height || window.Width != format.Width)
            resizer.Apply(images, image, window.Within(images.Height, images.Width), mirrored, upsideDown, view);
        else if (format.Edge == EdgeFill.Mirror && !window.LiesIn(images.Height, images.Width))
            images.ReadReflected(image, window, mirrored, upsideDown, view);
        else
            images.Read(image, window, mirrored, upsideDown, (float)format.Beyond, view);
    }
}
