using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods.Cpc;

/// <summary>
/// A masked convolutional network over the grid: the context of row r has seen rows 0..r and nothing below
/// (Hénaff et al. 2020, appendix A.2, "pixelCNN").
/// </summary>
/// <remarks>Each block reaches one row further up and one column to either side: K blocks see K rows above.</remarks>
public sealed class MaskedContext : Module
{
    private readonly List<MaskedBlock> blocks = [];
    private readonly ContextVariant variant;

    /// <param name="features">D, of the grid's vectors.</param>
    /// <param name="middle">Width inside a block; the paper has 256 for D = 4096.</param>
    /// <param name="depth">Blocks; the paper has 5, enough for a grid of 6 rows.</param>
    public MaskedContext(int features, int middle, int depth, Generator generator, ContextVariant? variant = null)
    {
        this.variant = variant ?? new();
        for (var i = 0; i < depth; i++)
            blocks.Add(i > 0 && this.variant.Weights == ContextWeights.Shared
                ? blocks[0]
                : Child($"blocks.{i}", new MaskedBlock(features, middle, generator)));
    }

    /// <param name="grid">[B, D, H, W]</param>
    /// <returns>[B, D, H, W]</returns>
    public override Tensor Forward(Tensor grid)
    {
        foreach (var block in blocks)
        {
            grid += block.Forward(grid);                            // [B, D, H, W]
            if (variant.Activation == ContextActivation.AfterEach) grid = grid.Relu();
        }
        return variant.Activation == ContextActivation.AfterEach ? grid : grid.Relu();
    }

    private sealed class MaskedBlock : Module
    {
        private readonly Conv2d narrow, across, down, widen;

        public MaskedBlock(int features, int middle, Generator generator)
        {
            narrow = Child("narrow", new Conv2d(features, middle, 1, 1, 0, bias: true, generator));
            across = Child("across", new Conv2d(middle, middle, (1, 3), 1, (0, 1), bias: true, generator));
            down = Child("down", new Conv2d(middle, middle, (2, 1), 1, 0, bias: true, generator));
            widen = Child("widen", new Conv2d(middle, features, 1, 1, 0, bias: true, generator));
        }

        public override Tensor Forward(Tensor grid)
        {
            var h = narrow.Forward(grid).Relu();                    // [B, M, H, W]
            h = across.Forward(h);                                  // [B, M, H, W], no activation
            h = h.Pad([0, 0, 1, 0]);                                // [B, M, H+1, W], one zero row on top
            h = down.Forward(h).Relu();                             // [B, M, H, W], row r has seen r-1 and r
            return widen.Forward(h);                                // [B, D, H, W]
        }
    }
}
