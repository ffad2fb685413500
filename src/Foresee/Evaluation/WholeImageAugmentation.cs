using Foresee.Augmentation;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// What the network from pixels sees of an image in training: the image moved, turned, scaled, flipped, its brightness changed and
/// a square cut out of it. Every amount is drawn for each image anew, uniformly from -amount to amount.
/// </summary>
/// <param name="Shift">Share of the side, rounded to whole pixels: between pixels the image would be blurred, and networks learn what sharp test images do not show.</param>
/// <param name="Rotation">Degrees.</param>
/// <param name="Scale">Of the logarithm of each side's factor: 0.15 is from 0.86 to 1.16.</param>
/// <param name="Brightness">Of the logarithm of the factor.</param>
/// <param name="Cutout">Side of the square, share of the image's side; 0 for none (DeVries and Taylor 2017).</param>
public sealed record WholeImageAugmentation(bool Flip = true, double Shift = 0.07, double Rotation = 0, double Scale = 0,
    double Brightness = 0.3, double Cutout = 0, EdgeFill Fill = EdgeFill.Black)
{
    /// <summary>Colour images are taken for photographs, others for objects on black.</summary>
    public static WholeImageAugmentation For(int channels) => new(Fill: channels == 1 ? EdgeFill.Black : EdgeFill.Mirror);

    public static WholeImageAugmentation None => new(Flip: false, Shift: 0, Rotation: 0, Scale: 0, Brightness: 0, Cutout: 0);

    /// <param name="images">[N, C, H, W] of 0 to 1; the result is a new tensor of that shape.</param>
    public Tensor Apply(Tensor images, Generator generator)
    {
        using var scope = TensorScope.Begin();
        var count = images.Size(0);
        var result = Warp(images, count, generator);
        if (Brightness > 0) result *= Around(Brightness, count, generator).Exp().View(count, 1, 1, 1);
        if (Cutout > 0) result *= Windows(count, images.Size(2), images.Size(3), generator);
        return scope.Keep(result);
    }

    /// <summary>One bilinear resampling for flip, rotation, scale and shift: x' = R(a) diag(s) x + t in coordinates of -1 to 1.</summary>
    private Tensor Warp(Tensor images, long count, Generator generator)
    {
        if (!Flip && Shift == 0 && Rotation == 0 && Scale == 0) return images;
        var angle = Around(Rotation * Math.PI / 180, count, generator);
        var (sine, cosine) = (Tensor.Invoke("aten::sin", "", angle), Tensor.Invoke("aten::cos", "", angle));
        var (across, down) = (Around(Scale, count, generator).Exp(), Around(Scale, count, generator).Exp());
        if (Flip) across *= Tensor.Rand([count], generator).Less(0.5).To(DType.Float32) * 2 - 1;
        var (right, below) = (Moves(images.Size(3)), Moves(images.Size(2)));
        var matrix = Tensor.Stack([cosine * across, -(sine * down), right, sine * across, cosine * down, below], 1).View(count, 2, 3);
        var grid = Tensor.Invoke("aten::affine_grid_generator", "", matrix, images.Shape, false); // [N, H, W, 2]
        return Tensor.Invoke("aten::grid_sampler", "", images, grid, 0, (int)Fill, false);

        Tensor Moves(long side) => Tensor.Invoke("aten::round", "", Around(Shift, count, generator) * side) * (2.0 / side); // the side is 2 units long
    }

    /// <summary>1 outside the square, 0 inside; its centre may lie anywhere in the image. [N, 1, H, W]</summary>
    private Tensor Windows(long count, long height, long width, Generator generator)
    {
        var near = Along(height, generator).View(count, 1, height, 1) * Along(width, generator).View(count, 1, 1, width);
        return -near + 1;

        Tensor Along(long side, Generator source)
        {
            var centres = Tensor.Rand([count, 1], source) * side;
            var positions = (Tensor.Arange(side).To(DType.Float32) + 0.5).View(1, side);
            return (positions - centres).Abs().Less(Cutout * side / 2).To(DType.Float32); // [N, side]
        }
    }

    private static Tensor Around(double amount, long count, Generator generator) => Tensor.Rand([count], generator) * (2 * amount) - amount;
}
