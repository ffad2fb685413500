using Foresee.Augmentation;
using Foresee.Contexts;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Patches;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>A step of <see cref="Ablation"/>: its name in the paper, what it changes, and the whole run with all changes up to it.</summary>
public sealed record AblationStep(string Name, string Change, PretrainOptions Options);

/// <summary>
/// From CPC v1 to v2 step by step (Hénaff et al. 2020, figure 3): MC model capacity, BU bottom-up predictions, LN layer norm, RC random
/// colour dropping, HP horizontal predictions, LP larger patches, PA patch augmentation. Each rung keeps what came before, and the sizes
/// are those of a recipe's images. The paper's figure leaves out one change, v2's scores of projections; here it is a rung, so that MC's gain is its own.
/// Where the recipe differs from the paper's v2, in patches, augmentation or whitening, it is the last rung.
/// </summary>
/// <remarks>
/// Scaled as follows. Encoder: the recipe's from MC on; before, its last stack has a quarter of the width, half the bottleneck and half the
/// blocks, which makes the paper's 101 of its 161. Patches: half-overlapping ones up to LP, as v1 has 64 px at stride 32; then a quarter larger, 4 to 6
/// of them to a side, whichever comes nearest to v2's 80 at 36. Crops: the recipe's on every rung. Offsets: all rows that share no pixel. Colour: grey up to RC, then dropped as often as the recipe does it,
/// from every patch where it does not say; more than three channels are there from the first rung on. Learning rate, batch and the like: the recipe's on every rung.
/// </remarks>
public static class Ablation
{
    private const int MostRows = 6, LeastRows = 4;
    private const double Overlap = 36.0 / 80; // stride over patch, of v2

    /// <param name="recipe">Of CPC v2.</param>
    /// <param name="budget">Of each rung.</param>
    public static IReadOnlyList<AblationStep> Of(PretrainOptions recipe, IImageSource images, Budget budget)
    {
        if (recipe.Method is not CpcV2Options last) throw new ArgumentException($"The ladder ends at CPC v2, and the recipe '{recipe.Recipe}' is one of {recipe.Method.Name}; name a recipe of CPC v2.");
        var colour = last.Encoder.Channels == 3;
        var (grid, larger) = (HalfOverlapping(last.Grid), Larger(last.Grid));
        var pixels = colour ? PixelStatistics.Of(images, new(grid.Height, grid.Width, Channels: 1, last.Small) { Window = last.Window }) : new(last.Mean, last.Std);
        var encoder = ForPatch(last.Encoder, last.Grid, grid) with { Channels = colour ? 1 : last.Encoder.Channels, Norm = Norm.None, Whitening = 0 };

        List<AblationStep> rungs = [];
        void Add(string name, string change, IMethodOptions method) =>
            rungs.Add(new(name, change, recipe with { Recipe = $"{recipe.Recipe}/{name}", Method = method, Training = recipe.Training with { Budget = budget }, Reasons = [], BudgetReason = null }));

        var first = new CpcV1Options
        {
            Grid = grid,
            Encoder = Narrow(encoder),
            Mean = pixels.Mean,
            Std = pixels.Std,
            Window = last.Window,
            Small = last.Small,
            Offsets = Offsets(grid),
            ContextBottleneckWidth = last.ContextBottleneckWidth,
            ContextDepth = last.ContextDepth,
            CandidateImages = last.CandidateImages,
        };
        first = first with { Augmentation = first.Augmentation with { Margin = last.Augmentation.Margin } };
        Add("v1", $"CPC v1: {(colour ? "grey, " : "")}downwards, no norm, {first.Encoder.Features}-d, {grid.Patch}-px patches trimmed at random", first);
        var now = last with
        {
            Grid = grid,
            Encoder = first.Encoder,
            Mean = first.Mean,
            Std = first.Std,
            Augmentation = first.Augmentation,
            Directions = [Direction.Down],
            Offsets = first.Offsets,
        };
        void Step(string name, string change, CpcV2Options next) => Add(name, change, now = next);

        Step("projections", $"scores of {now.TargetSize}-d projections times {FormattableString.Invariant($"{now.Scale}")}", now);
        Step("MC", $"model capacity: {encoder.Features}-d, {encoder.Blocks.Count} blocks for {now.Encoder.Blocks.Count}", now with { Encoder = encoder });
        Step("BU", "bottom-up: predicts upwards, too", now with { Directions = [Direction.Down, Direction.Up] });
        Step("LN", "layer norm", now with { Encoder = now.Encoder with { Norm = Norm.Layer } });
        var drop = last.Augmentation.ColourDrop > 0 ? last.Augmentation.ColourDrop : 1;
        if (last.Encoder.Channels > 1)
            Step("RC", FormattableString.Invariant($"random colour dropping: {(colour ? "colour images, two of three channels" : $"all but one of {last.Encoder.Channels} channels")} dropped from {100 * drop:0.#} % of the patches"), now with
            {
                Encoder = now.Encoder with { Channels = last.Encoder.Channels },
                Mean = last.Mean,
                Std = last.Std,
                Augmentation = now.Augmentation with { ColourDrop = drop },
            });
        Step("HP", "horizontal predictions: to the left and to the right, too", now with { Directions = Directions.All });
        Step("LP", $"larger patches: {larger}", now with { Grid = larger, Encoder = ForPatch(now.Encoder, grid, larger), Offsets = Offsets(larger) });
        Step("PA", "patch augmentation as published, in place of trimming", now with { Augmentation = PatchAugmentation.Published with { ColourDrop = last.Encoder.Channels > 1 ? drop : 0, Margin = last.Augmentation.Margin } });
        if ((now.Grid, now.Encoder, now.Augmentation) != (last.Grid, last.Encoder, last.Augmentation))
            Add("recipe", $"the recipe as it is: {last.Grid}, its own augmentation{(last.Encoder.Whitening > 0 ? ", whitening" : "")}", last);
        return rungs;
    }

    /// <summary>v1's overlap, on the recipe's images.</summary>
    private static GridGeometry HalfOverlapping(GridGeometry grid)
    {
        if (grid.Patch == 2 * grid.Stride) return grid;
        var stride = Math.Min(grid.Height, grid.Width) / 8;
        return grid with { Patch = 2 * stride, Stride = stride };
    }

    /// <summary>v2's overlap; a recipe that has it keeps its own.</summary>
    private static GridGeometry Larger(GridGeometry grid)
    {
        if (grid.Patch != 2 * grid.Stride) return grid;
        var patch = grid.Patch * 5 / 4;
        var strides = Enumerable.Range(LeastRows, MostRows - LeastRows + 1).Reverse().Select(rows => (Math.Min(grid.Height, grid.Width) - patch) / (rows - 1));
        return grid with { Patch = patch, Stride = strides.MinBy(stride => Math.Abs(stride - Overlap * patch)) };
    }

    private static int[] Offsets(GridGeometry grid) =>
        [.. Enumerable.Range(grid.FirstOffsetWithoutSharedPixels, Math.Min(grid.Rows, grid.Columns) - grid.FirstOffsetWithoutSharedPixels)];

    /// <summary>A stem that takes whole patches grows and shrinks with them.</summary>
    private static PatchEncoderOptions ForPatch(PatchEncoderOptions encoder, GridGeometry from, GridGeometry to) =>
        encoder.StemKernel == from.Patch ? encoder with { StemKernel = to.Patch } : encoder;

    private static PatchEncoderOptions Narrow(PatchEncoderOptions encoder)
    {
        var blocks = encoder.Blocks.TakeWhile(block => block.Width != encoder.Features).ToList();
        var lastStack = encoder.Blocks.Skip(blocks.Count).ToList();
        blocks.AddRange(lastStack.Take((lastStack.Count + 1) / 2).Select(block => block with { Width = Math.Max(8, block.Width / 4), BottleneckWidth = Math.Max(8, block.BottleneckWidth / 2) }));
        return encoder with { Blocks = blocks };
    }
}
