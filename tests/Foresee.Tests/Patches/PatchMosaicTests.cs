using Foresee.Patches;

namespace Foresee.Tests.Patches;

public sealed class PatchMosaicTests
{
    [Fact]
    public void Patches_lie_in_their_places_on_white()
    {
        var mosaic = new PatchMosaic(rows: 1, columns: 2, patch: 2, channels: 1);
        mosaic.Put(0, 1, [0, 0.2f, -3, 7]);
        var image = mosaic.ToImage(width: 5);
        Assert.Equal((5, 2, 1), (image.Width, image.Height, image.Channels)); // a gap of one pixel
        Assert.Equal([255, 255, 255, 0, 51, 255, 255, 255, 0, 255], image.Pixels);
    }

    [Fact]
    public void Colours_come_plane_by_plane_and_leave_pixel_by_pixel()
    {
        var mosaic = new PatchMosaic(1, 1, 1, 3);
        mosaic.Put(0, 0, [1, 0.4f, 0]);
        Assert.Equal([255, 102, 0], mosaic.ToImage(1).Pixels);
    }

    [Fact]
    public void Pixels_become_squares_that_fit_the_width_and_are_never_reduced()
    {
        var mosaic = new PatchMosaic(1, 1, 2, 1);
        mosaic.Put(0, 0, [0, 1, 1, 0]);
        Assert.Equal([0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 0, 0], mosaic.ToImage(5).Pixels);
        Assert.Equal(2, mosaic.ToImage(1).Width);
    }

    [Fact]
    public void A_patch_of_another_size_is_refused() =>
        Assert.Contains("1 x 2 x 2 values, got 3",
            Assert.Throws<ArgumentException>(() => new PatchMosaic(1, 1, 2, 1).Put(0, 0, [0, 0, 0])).Message, StringComparison.Ordinal);
}
