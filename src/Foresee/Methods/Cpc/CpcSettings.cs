using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods.Cpc;

/// <summary>What the settings of both versions of CPC have in common.</summary>
internal static class CpcSettings
{
    private const int Rows = 7; // half-overlapping patches to a side, as in version 1

    public static SuggestedTraining Suggested { get; } = new(32, new(OptimiserKind.AdamW, 1e-3));

    /// <summary>7 x 7 half-overlapping patches and the small encoder for them.</summary>
    /// <exception cref="ImageDataException">The images are too small for that.</exception>
    public static PatchGridOptions PatchesFor(InputFormat input)
    {
        var side = Math.Min(input.Height, input.Width);
        var stride = side / (Rows + 1);
        return stride >= 2 ? new(2 * stride, stride, PatchEncoderOptions.Small(input.Channels, 2 * stride))
            : throw new ImageDataException($"Images of {side} px were asked for; a grid of patches needs at least {2 * (Rows + 1)} px.");
    }

    /// <summary>All rows that share no pixel with the context.</summary>
    public static int[] AllOffsets(GridGeometry grid) => [.. Enumerable.Range(grid.FirstOffsetWithoutSharedPixels,
        Math.Max(1, Math.Min(grid.Rows, grid.Columns) - grid.FirstOffsetWithoutSharedPixels))];

    public static void Validate(PatchGridOptions encoder, PatchAugmentation augmentation, IReadOnlyList<int> offsets, int lines,
        int candidateImages,
        InputFormat input, ICollection<string> faults)
    {
        encoder.Validate(input, faults);
        augmentation.Validate(faults);
        encoder.Grid(input).CheckOffsets(offsets, lines, faults);
        if (candidateImages is < 0 or 1) faults.Add($"candidate images must be 0 (all) or at least 2, got {candidateImages}");
    }

    public static IReadOnlyList<string> Reasons(PatchGridOptions encoder, InputFormat input)
    {
        var grid = encoder.Grid(input);
        return
        [
            $"patches of {grid.Patch} px at stride {grid.Stride}: each half covers its neighbour, predictions begin at offset {grid.FirstOffsetWithoutSharedPixels}, where no pixel is shared",
            $"an encoder of {encoder.Network.Blocks.Count} blocks, {encoder.Network.Features}-d: the small one for such patches",
        ];
    }

    public static IReadOnlyList<string> Remarks(PatchAugmentation augmentation, InputFormat input)
    {
        var (channels, without) = (input.Channels, augmentation.WithoutMeaning(input.Channels));
        string?[] remarks = [
            without.Count > 0
                ? $"left out of the augmentation, without meaning for {channels} {(channels == 1 ? "channel" : "channels")}: {string.Join(", ", without)}" : null,
            channels is not (1 or 3) && augmentation.ColourDrop > 0 ? FormattableString.Invariant(
                $"colour dropping: one of the {channels} channels, chosen at random, takes the place of all others in {100 * augmentation.ColourDrop:0.#} % of the patches") : null,
        ];
        return [.. remarks.OfType<string>()];
    }

    /// <summary>The patches of each image as cut, then as augmented: each [B, H, W, C, p, p] of 0 to 1.</summary>
    public static IReadOnlyList<Tensor> Examples(PatchGridOptions encoder, PatchAugmentation augmentation, ImageBatch batch,
        InputFormat input, Generator generator)
    {
        var (grid, plain) = (encoder.Grid(input), input with { Mean = [], Std = [] });
        var pixels = batch.ToTensor();
        var middle = PatchGrid.Centre(pixels.To(DType.Float32) / 255, input.Height, input.Width);
        Tensor Arranged(Tensor patches) => patches.Reshape(-1, grid.Rows, grid.Columns, input.Channels, grid.Patch, grid.Patch);
        return [Arranged(PatchGrid.Extract(middle, grid)),
            Arranged(new PatchCutter(augmentation, grid, plain).Cut(pixels, generator, threads: 1))];
    }
}
