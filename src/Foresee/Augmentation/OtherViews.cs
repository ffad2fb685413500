namespace Foresee.Augmentation;

/// <summary>Unchanged views of the other images of a batch.</summary>
/// <param name="images">The batch.</param>
/// <param name="own">Where the view itself comes from.</param>
/// <param name="windows">Those that another view may come from, each equally likely; none for the view's own.</param>
internal readonly ref struct OtherViews(ViewSource images, ViewPlace own, ReadOnlySpan<Window> windows, WindowReader reader)
{
    private readonly ViewSource images = images;
    private readonly ReadOnlySpan<Window> windows = windows;

    /// <returns>False when there is no other image.</returns>
    public bool Read(ref ViewRandom random, Span<float> other)
    {
        if (images.Images < 2) return false;
        var image = (own.Image + 1 + random.Below(images.Images - 1)) % images.Images;
        var window = windows.IsEmpty ? own.Window : windows[random.Below(windows.Length)];
        reader.Read(images, image, window, mirrored: false, upsideDown: false, other);
        return true;
    }
}
