using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Patches;
using Foresee.Recipes;
using Foresee.Training;

namespace Foresee.Runs;

/// <summary>
/// A step of <see cref="Ablation"/>: its name in the paper, what it changes, and the whole run with all changes up to it.
/// </summary>
public sealed record AblationStep(string Name, string Change, PretrainOptions Options);

/// <summary>
/// From CPC v1 to v2 step by step (Hénaff et al. 2020, figure 3): MC model capacity, BU bottom-up predictions, LN layer norm, RC random
/// colour dropping, HP horizontal predictions, LP larger patches, PA patch augmentation. Each step keeps what came before, and the sizes
/// are those of a recipe's images. The paper's figure leaves out one change, v2's scores of projections; here it is a step, so that MC's
/// gain is its own.
/// Where the recipe differs from the paper's v2, in patches, augmentation or whitening, it is the last step.
/// </summary>
/// <remarks>
/// Scaled as follows. Encoder: the recipe's from MC on; before, its last stack has a quarter of the width, half the bottleneck and half the
/// blocks, which makes the paper's 101 of its 161. Patches: half-overlapping ones up to LP, as v1 has 64 px at stride 32; then a quarter
/// larger, 4 to 6
/// of them to a side, whichever comes nearest to v2's 80 at 36. Crops: the recipe's on every step. Offsets: all rows that share no pixel.
/// Colour: grey up to RC, then dropped as often as the recipe does it,
/// from every patch where it does not say; more than three channels are there from the first step on. Learning rate, batch and the like:
/// the recipe's on every step.
/// </remarks>
public static class Ablation
{
    private const int MostRows = 6, LeastRows = 4;
    private const double Overlap = 36.0 / 80; // stride over patch, of v2

    /// <param name="recipe">Of CPC v2.</param>
    /// <param name="budget">Of each step.</param>
    public static IReadOnlyList<AblationStep> Of(PretrainOptions recipe, IImageSource images, Budget budget)
    {
        if (recipe.Method is not CpcV2Options last)
            throw new ArgumentException($"The ablation ends at CPC v2, and the recipe '{recipe.Recipe}' is one of {recipe.Method.Name}; "
                + "name a recipe of CPC v2.");
        var steps = new Steps(recipe, budget);
        var (input, channels, colour) = (recipe.Input, recipe.Input.Channels, recipe.Input.Channels == 3);
        var (whole, half, larger) = (last.Encoder.Grid(input), HalfOverlapping(last.Encoder.Grid(input)), Larger(last.Encoder.Grid(input)));
        var network = ForPatch(last.Encoder.Network, whole, half) with
        {
            Channels = colour
            ? 1
            : channels,
            Norm = Norm.None,
            Whitening = 0
        };
        steps.Input = colour ? Grey(images, input) : input;

        var first = new CpcV1Options
        {
            Encoder = new(half.Patch, half.Stride, Narrow(network)),
            Offsets = Offsets(half),
            ContextBottleneckWidth = last.ContextBottleneckWidth,
            ContextDepth = last.ContextDepth,
            CandidateImages = last.CandidateImages,
        };
        var (narrow, drop) = (first.Encoder.Network, last.Augmentation.ColourDrop > 0 ? last.Augmentation.ColourDrop : 1);
        steps.Add("v1",
            $"CPC v1: {(colour ? "grey, " : "")}downwards, no norm, {narrow.Features}-d, {half.Patch}-px patches trimmed at random", first);
        steps.Now = last with
        {
            Encoder = first.Encoder,
            Augmentation = first.Augmentation,
            Directions = [Direction.Down],
            Offsets = first.Offsets
        };
        steps.Add("projections", FormattableString.Invariant($"scores of {last.TargetSize}-d projections times {last.Scale}"), now => now);
        steps.Add("MC", $"model capacity: {network.Features}-d, {network.Blocks.Count} blocks for {narrow.Blocks.Count}", now =>
            With(now, network));
        steps.Add("BU", "bottom-up: predicts upwards, too", now => now with { Directions = [Direction.Down, Direction.Up] });
        steps.Add("LN", "layer norm", now => With(now, now.Encoder.Network with { Norm = Norm.Layer }));
        if (channels > 1)
        {
            steps.Input = input;
            var dropped = colour ? "colour images, two of three channels" : $"all but one of {channels} channels";
            steps.Add("RC",
                FormattableString.Invariant($"random colour dropping: {dropped} dropped from {100 * drop:0.#} % of the patches"), now =>
                With(now, now.Encoder.Network with { Channels = channels }) with
                {
                    Augmentation = now.Augmentation with { ColourDrop = drop }
                });
        }
        steps.Add("HP", "horizontal predictions: to the left and to the right, too", now => now with { Directions = Directions.All });
        steps.Add("LP", $"larger patches: {larger}", now => now with
        {
            Encoder = new(larger.Patch, larger.Stride, ForPatch(now.Encoder.Network, half, larger)),
            Offsets = Offsets(larger),
        });
        steps.Add("PA", "patch augmentation as published, in place of trimming", now =>
            now with { Augmentation = PatchAugmentation.Published with { ColourDrop = channels > 1 ? drop : 0 } });
        if ((steps.Now.Encoder, steps.Now.Augmentation) != (last.Encoder, last.Augmentation))
            steps.Add("recipe",
                $"the recipe as it is: {whole}, its own augmentation{(last.Encoder.Network.Whitening > 0 ? ", whitening" : "")}", _ =>
                last);
        return steps.All;
    }

    /// <summary>The steps so far, and the settings that the next one changes.</summary>
    private sealed class Steps(PretrainOptions recipe, Budget budget)
    {
        private readonly List<AblationStep> all = [];

        public InputFormat Input { get; set; } = recipe.Input;
        public CpcV2Options Now { get; set; } = (CpcV2Options)recipe.Method;
        public IReadOnlyList<AblationStep> All => all;

        public void Add(string name, string change, Func<CpcV2Options, CpcV2Options> next) => Add(name, change, Now = next(Now));

        public void Add(string name, string change, MethodOptions method) => all.Add(new(name, change, recipe with
        {
            Recipe = $"{recipe.Recipe}/{name}",
            Input = Input,
            Method = method,
            Training = recipe.Training with { Budget = budget },
            Reasons = [],
            BudgetReason = null,
        }));
    }

    private static CpcV2Options With(CpcV2Options options, PatchEncoderOptions network) =>
        options with { Encoder = options.Encoder with { Network = network } };

    /// <summary>The same images in grey, with the statistics of their crops.</summary>
    private static InputFormat Grey(IImageSource images, InputFormat input) =>
        PixelStatistics.Measured(images, input with { Channels = 1, Margin = 0, Mean = [], Std = [] }) with { Margin = input.Margin };

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
        var strides = Enumerable.Range(LeastRows, MostRows - LeastRows + 1).Reverse()
            .Select(rows => (Math.Min(grid.Height, grid.Width) - patch) / (rows - 1));
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
        blocks.AddRange(lastStack.Take((lastStack.Count + 1) / 2)
            .Select(block => block with
            {
                Width = Math.Max(8, block.Width / 4),
                BottleneckWidth = Math.Max(8, block.BottleneckWidth / 2)
            }));
        return encoder with { Blocks = blocks };
    }
}
