namespace Foresee.Augmentation;

/// <summary>
/// The view shows a part of the image of its own size, at a place drawn evenly, which may reach so many pixels beyond the image
/// (torchvision's
/// RandomCrop with padding; CIFAR's usual one is 4). An image that is smaller with its padding stands in the middle.
/// </summary>
public sealed record RandomCrop(int Padding = 4) : IPixelMove
{
    public void Move(Warp warp, ref ViewRandom random)
    {
        var whole = warp.Window;
        var top = Place(whole.Height - warp.Height, ref random);
        warp.Window = new(whole.Top + top, whole.Left + Place(whole.Width - warp.Width, ref random), warp.Height, warp.Width);
    }

    /// <param name="room">Pixels by which the image is larger than the view.</param>
    private int Place(int room, ref ViewRandom random) =>
        room + 2 * Padding < 0 ? room / 2 : random.Below(room + 2 * Padding + 1) - Padding;
}
