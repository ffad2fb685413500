using Foresee.Detection;
using Foresee.Images;
using Foresee.Tests.Images;

namespace Foresee.Tests.Detection;

public sealed class CanvasTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData(1, false, false)]
    [InlineData(1, true, false)]
    [InlineData(0.7, true, true)]
    [InlineData(1.3, false, true)]
    public void Boxes_stay_around_what_is_bright(double zoom, bool mirrored, bool flipped)
    {
        var image = Rectangle(120, 90, new(40, 30, 76, 66));
        var canvas = new Canvas(image, new(60, 72, 1), new(zoom, 0.5, 0.5, mirrored, flipped));
        var target = canvas.Target(["cell"]);
        var planes = new byte[60 * 72];
        canvas.Read(planes);
        var bright = planes.Index().Where(p => p.Item > 127).Select(p => (X: p.Index % 72, Y: p.Index / 72)).ToList();
        var box = Assert.Single(target.Boxes);
        Assert.Equal(bright.Min(p => p.X), box.Left, 1.0);
        Assert.Equal(bright.Min(p => p.Y), box.Top, 1.0);
        Assert.Equal(bright.Max(p => p.X) + 1, box.Right, 1.0);
        Assert.Equal(bright.Max(p => p.Y) + 1, box.Bottom, 1.0);
        Assert.Equal([0], target.Classes);
    }

    [Fact]
    public void The_rest_is_the_mean_and_boxes_come_back()
    {
        var image = Rectangle(100, 40, new(10, 10, 50, 30));
        var canvas = new Canvas(image, new(48, 64, 1) { Mean = [0.4], Std = [0.2] }, CanvasView.Whole);
        Assert.Equal(new CanvasSize(64, 26), canvas.Extent);
        var planes = new byte[48 * 64];
        canvas.Read(planes);
        Assert.All(planes.Skip(26 * 64), value => Assert.Equal(102, value));
        var back = canvas.Back(canvas.Target(["cell"]).Boxes[0]);
        Assert.Equal(10, back.Left, 1e-9);
        Assert.Equal(30, back.Bottom, 1e-9);
    }

    [Fact]
    public void What_can_hardly_be_seen_of_an_object_is_not_learnt()
    {
        var image = Rectangle(100, 100, new(0, 0, 20, 20));
        var input = new InputFormat(50, 50, 1);
        Assert.Single(new Canvas(image, input, new(1.25, 0.5, 0, false, false)).Target(["cell"]).Boxes);
        Assert.Empty(new Canvas(image, input, new(2, 1, 1, false, false)).Target(["cell"]).Boxes);
    }

    [Fact]
    public void The_canvas_is_the_middle_image_in_multiples_of_32()
    {
        AnnotatedImage Of(int width, int height) => new("a.png", width, height, []);
        Assert.Equal(new CanvasSize(640, 480), DetectorStart.Canvas([Of(1280, 960), Of(1280, 960), Of(100, 900)]));
        Assert.Equal(new CanvasSize(320, 256), DetectorStart.Canvas([Of(320, 250)]));
        Assert.Equal(new CanvasSize(32, 32), DetectorStart.Canvas([Of(5, 9)]));
    }

    private AnnotatedImage Rectangle(int width, int height, Box box)
    {
        var pixels = new byte[width * height];
        for (var y = (int)box.Top; y < box.Bottom; y++) pixels.AsSpan(y * width + (int)box.Left, (int)box.Width).Fill(255);
        return new(scratch.Write("a.png", ImageFile.EncodePng(new(width, height, 1, pixels))), width, height, [new("cell", box)]);
    }
}
