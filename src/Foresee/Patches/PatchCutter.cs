using Foresee.Augmentation;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Patches;

/// <summary>Cuts images into patches and changes each by itself.</summary>
public sealed class PatchCutter
{
    // Draws that come before the changes of a patch have places of their own in the list of changes.
    private const int WindowDraw = -1, MirrorDraw = -2, CropDraw = -3;

    private readonly PatchAugmentation options;
    private readonly GridGeometry grid;
    private readonly InputFormat input;
    private readonly Window[] windows;
    private readonly Augmenter augmenter;

    /// <param name="input">Its margin is cropped at random; its mean and std normalise the patches.</param>
    public PatchCutter(PatchAugmentation options, GridGeometry grid, InputFormat input)
    {
        (this.options, this.grid, this.input) = (options, grid.Validate(), input);
        windows = [.. Enumerable.Range(0, grid.Positions).Select(grid.WindowOf)];
        var format = new ViewFormat(grid.Patch, grid.Patch, input.Channels)
        {
            Range = options.Range,
            Fill = options.Fill,
            Mean = input.Mean,
            Std = input.Std
        };
        augmenter = new(options.Changes(), format);
    }

    /// <param name="images">[B, C, height, width] of the grid's size and the margin, UInt8, or Float32 in 0..1, on the CPU.</param>
    /// <param name="generator">Of the CPU; one number of it seeds the whole batch.</param>
    /// <param name="threads">The result is the same for any number.</param>
    /// <param name="first">The place of the first image in a batch of which these are a part: they change as they would there.</param>
    /// <returns>[B·H·W, C, p, p] on the CPU, in the order image, row, column.</returns>
    public Tensor Cut(Tensor images, Generator generator, int threads = 1, int first = 0)
    {
        Check(images);
        using var scope = TensorScope.Begin();
        var seed = (ulong)Tensor.RandInt(0, long.MaxValue, [1], generator).ToInt64();
        var cropped = Cropped(images, seed, first).Contiguous();                             // [B, C, height, width] of the grid's size
        var count = (int)images.Size(0) * grid.Positions;
        var patches = augmenter.Make(cropped, count, patch => Place(patch, seed, first), windows, seed, threads,
            first * grid.Positions);                                                         // [B·H·W, C, p, p]
        return scope.Keep(patches);
    }

    /// <summary>Each image at a random place of its margin.</summary>
    private Tensor Cropped(Tensor images, ulong seed, int first)
    {
        if (input.Margin == 0) return images;
        return Tensor.Stack([.. Enumerable.Range(0, (int)images.Size(0)).Select(image =>
        {
            var place = new ViewRandom(seed, first + image, CropDraw);
            var (top, left) = (place.Below(input.Margin + 1), place.Below(input.Margin + 1));
            return images.Select(0, image).Narrow(1, top, grid.Height).Narrow(2, left, grid.Width); // [C, height, width]
        })]);
    }

    /// <summary>A patch's window, moved by some pixels; of a mirrored image that of the opposite side, mirrored.</summary>
    private ViewPlace Place(int patch, ulong seed, int first)
    {
        var (image, window) = (patch / grid.Positions, windows[patch % grid.Positions]);
        var random = new ViewRandom(seed, first * grid.Positions + patch, WindowDraw);
        window = window with { Top = window.Top + random.Below(2 * options.Translation + 1) - options.Translation };
        window = window with { Left = window.Left + random.Below(2 * options.Translation + 1) - options.Translation };
        var mirrored = new ViewRandom(seed, first + image, MirrorDraw).Chance(options.FlipImage); // the same for all patches of an image
        return new(image, mirrored ? window with { Left = grid.Width - window.Left - grid.Patch } : window, mirrored);
    }

    private void Check(Tensor images)
    {
        var shape = images.Shape;
        if (shape.Length != 4 || shape[1] != input.Channels || shape[2] != grid.Height + input.Margin
            || shape[3] != grid.Width + input.Margin)
            throw new ArgumentException($"Patches need images of [B, {input.Channels}, {grid.Height + input.Margin}, "
                + $"{grid.Width + input.Margin}], got [{string.Join(", ", shape)}].");
        if (images.DType is not (DType.UInt8 or DType.Float32))
            throw new ArgumentException($"Patches need images of UInt8 or of Float32 in 0..1, got {images.DType}; convert them with "
                + "To(DType.Float32) and scale them.");
    }
}
