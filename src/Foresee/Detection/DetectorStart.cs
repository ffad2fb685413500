using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>Encoders brought to a canvas.</summary>
public static class DetectorStart
{
    private const int Multiple = 32, LongestSide = 640; // pixels

    /// <summary>
    /// The canvas that suits the images: as wide and as high as the middle one of them, reduced to 640 px or less, in multiples of 32 px.
    /// </summary>
    public static CanvasSize Canvas(IReadOnlyList<AnnotatedImage> images)
    {
        double Middle(Func<AnnotatedImage, int> side) => images.Select(side).Order().ElementAt(images.Count / 2);
        var (width, height) = (Middle(image => image.Width), Middle(image => image.Height));
        var scale = Math.Min(1, LongestSide / Math.Max(width, height));
        double Whole(double side) => Math.Max(Multiple, Math.Round(side * scale / Multiple) * Multiple);
        return new(Whole(width), Whole(height));
    }

    /// <summary>
    /// The same network for images of another size; an encoder of patches then has more of them. Weights are copied, or drawn anew.
    /// </summary>
    /// <exception cref="ArgumentException">The encoder can't see such images.</exception>
    public static Encoder At(Encoder start, CanvasSize canvas, bool weights, Generator generator)
    {
        var input = start.Input with { Height = (int)canvas.Height, Width = (int)canvas.Width, Margin = 0, Small = SmallImages.Enlarge };
        var faults = new List<string>();
        start.Options.Validate(input, faults);
        if (faults.Count > 0)
            throw new ArgumentException($"The encoder can't see images of {input.Width} x {input.Height} px: {string.Join("; ", faults)}.");
        var encoder = start.Options.Build(input, generator);
        try
        {
            var state = start.State().Where(tensor => weights || start.IsMeasured(tensor.Name))
                .ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
            using var noGrad = Autograd.NoGrad();
            foreach (var tensor in encoder.State())
                if (state.TryGetValue(tensor.Name, out var value)) tensor.Value.Copy_(value);
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>A ResNet-18 (He et al. 2016) with random weights, for colour images normalised as ImageNet's.</summary>
    public static Encoder Random(CanvasSize canvas, Generator generator)
    {
        var input = new InputFormat((int)canvas.Height, (int)canvas.Width, 3)
        {
            Small = SmallImages.Enlarge,
            Mean = [0.485, 0.456, 0.406],
            Std = [0.229, 0.224, 0.225],
        };
        return ConvEncoderOptions.ResNet18(new(224, 224, 3)).Build(input, generator);
    }
}
