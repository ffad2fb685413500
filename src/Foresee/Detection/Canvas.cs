using Foresee.Images;

namespace Foresee.Detection;

/// <summary>How an image is shown to a detector.</summary>
/// <param name="Zoom">1: the whole image, as large as the canvas holds; above it a part of it.</param>
/// <param name="Across">0 to 1: where the part lies that is seen, left to right.</param>
/// <param name="Down">0 to 1: top to bottom.</param>
/// <param name="Mirrored">Left to right.</param>
/// <param name="Flipped">Top to bottom.</param>
public sealed record CanvasView(double Zoom, double Across, double Down, bool Mirrored, bool Flipped)
{
    /// <summary>In use.</summary>
    public static CanvasView Whole { get; } = new(1, 0, 0, false, false);
}

/// <summary>
/// An image brought into the upper left corner of a canvas, its sides in their proportion; the rest is as grey as the mean that the encoder
/// subtracts, so that it becomes 0.
/// </summary>
public sealed class Canvas
{
    /// <summary>A box of which less can be seen in a part of the image is not learnt from.</summary>
    private const double LeastSeen = 0.3;

    private readonly AnnotatedImage image;
    private readonly CanvasView view;
    private readonly InputFormat input;
    private readonly int width, height, left, top; // of the image on the canvas, and what is cut off

    /// <param name="input">Of the encoder: the canvas.</param>
    public Canvas(AnnotatedImage image, InputFormat input, CanvasView view)
    {
        (this.image, this.input, this.view) = (image, input, view);
        var scale = Math.Min((double)input.Width / image.Width, (double)input.Height / image.Height) * view.Zoom;
        (width, height) = (Math.Max(1, (int)Math.Round(image.Width * scale)), Math.Max(1, (int)Math.Round(image.Height * scale)));
        (left, top) = ((int)(Math.Max(0, width - input.Width) * view.Across), (int)(Math.Max(0, height - input.Height) * view.Down));
    }

    /// <summary>What of the canvas is image.</summary>
    public CanvasSize Extent => new(Math.Min(width, input.Width), Math.Min(height, input.Height));

    /// <summary>Fills a canvas, plane by plane.</summary>
    /// <param name="planes">[C, height, width]</param>
    /// <exception cref="UnreadableImageException">The file is damaged or no image.</exception>
    public void Read(Span<byte> planes)
    {
        var fit = input with { Width = width, Height = height, Margin = 0, Small = SmallImages.Enlarge };
        var pixels = ImageFile.Read(image.File, fit).Pixels;
        int channels = input.Channels, columns = (int)Extent.Width, rows = (int)Extent.Height;
        for (var c = 0; c < channels; c++)
        {
            var plane = planes.Slice(c * input.Height * input.Width, input.Height * input.Width);
            plane.Fill((byte)Math.Round(255 * (input.Mean.Count > 0 ? input.Mean[c] : 0)));
            for (var y = 0; y < rows; y++)
            {
                var from = ((top + (view.Flipped ? rows - 1 - y : y)) * width + left) * channels + c;
                var row = plane.Slice(y * input.Width, columns);
                for (var x = 0; x < columns; x++) row[x] = pixels[from + (view.Mirrored ? columns - 1 - x : x) * channels];
            }
        }
    }

    /// <summary>What is to be found, by the ratio of the actual new size to the old of each side.</summary>
    public DetectionTarget Target(IReadOnlyList<string> classes)
    {
        var (boxes, numbers) = (new List<Box>(), new List<int>());
        foreach (var found in image.Objects)
        {
            var whole = found.Box.Place((double)width / image.Width, (double)height / image.Height, -left, -top);
            var seen = whole.Clip(Extent.Width, Extent.Height);
            if (seen.Area < LeastSeen * whole.Area || seen.Width < 1 || seen.Height < 1) continue;
            if (view.Mirrored) seen = seen.Mirrored(Extent.Width);
            if (view.Flipped) seen = seen.Flipped(Extent.Height);
            boxes.Add(seen);
            numbers.Add(Enumerable.Range(0, classes.Count).First(c => classes[c] == found.Class));
        }
        return new(boxes, numbers, Extent);
    }

    /// <summary>A box of a canvas that shows the whole image, in the image's own pixels.</summary>
    public Box Back(Box box) => box.Place((double)image.Width / width, (double)image.Height / height).Clip(image.Width, image.Height);
}
