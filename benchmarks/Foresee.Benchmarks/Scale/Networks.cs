using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;

namespace Foresee.Benchmarks.Scale;

/// <summary>Weights and multiply-adds of networks, layer by layer, from their settings alone: no memory has to hold them.</summary>
/// <remarks>Multiply-adds count the zeros of the padding, too, as published figures do.</remarks>
internal static class Networks
{
    /// <summary>SimCLR: encoder of whole images, and its head.</summary>
    public static IReadOnlyList<Layer> Of(SimClrOptions method, InputFormat input)
    {
        var encoder = method.Encoder;
        if (encoder.Order != ResidualOrder.Plain) throw new NotSupportedException("Only blocks in the plain order of norms are counted.");
        var layers = new List<Layer>();
        var (height, width, inputs) = (input.Height, input.Width, encoder.Width);
        void Add(int from, int to, int kernel) =>
            layers.Add(Convolution(from, to, kernel * kernel, (double)height * width, bias: false, norm: to) with { Normed = to });
        void Reduce() => (height, width) = (Half(height), Half(width));
        if (encoder.Stem != ConvStem.Small) Reduce();
        Add(input.Channels, encoder.Width, encoder.Stem == ConvStem.Large ? 7 : 3);
        if (encoder.Stem == ConvStem.Large) Reduce();
        for (var stage = 0; stage < encoder.Blocks.Count; stage++)
            for (var block = 0; block < encoder.Blocks[stage]; block++)
            {
                int middle = encoder.Width << stage, outputs = encoder.ChannelsOf(stage);
                var (first, strides) = (inputs, stage > 0 && block == 0);
                if (encoder.Bottlenecks) Add(inputs, middle, 1);
                if (strides) Reduce();
                Add(encoder.Bottlenecks ? middle : inputs, middle, 3);
                Add(middle, outputs, encoder.Bottlenecks ? 1 : 3);
                if (strides || first != outputs) Add(first, outputs, 1); // the shortcut
                inputs = outputs;
            }
        int[] head = [inputs, method.HeadWidth, method.Projection];
        layers.AddRange(head.Zip(head.Skip(1), (from, to) => Convolution(from, to, 1, 1, bias: true, norm: 0)));
        return layers;
    }

    /// <summary>CPC v2: the encoder on each patch, targets, contexts and predictors of each direction.</summary>
    public static IReadOnlyList<Layer> Of(CpcV2Options method, InputFormat input)
    {
        var (grid, encoder) = (method.Encoder.Grid(input), method.Encoder.Network);
        if (encoder.Norm != Norm.Layer || encoder.Blocks.Any(block => block.Kind != BlockKind.Bottleneck || block.Kernel == 0))
            throw new NotSupportedException("Only bottlenecks with layer norm are counted.");
        var layers = new List<Layer>();
        var side = (grid.Patch + 2 * encoder.StemPadding - encoder.StemKernel) / encoder.StemStride + 1;
        double Places() => (double)grid.Positions * side * side;
        layers.Add(Convolution(encoder.Channels, encoder.Stem, encoder.StemKernel * encoder.StemKernel, Places(), bias: false, norm: 0));
        if (encoder.StemPool > 1) side = Half(side);
        var inputs = encoder.Stem;
        foreach (var block in encoder.Blocks)
        {
            var middle = block.BottleneckWidth;
            layers.Add(Convolution(inputs, middle, 1, Places(), bias: false, norm: inputs));
            if (block.Stride > 1) side = Half(side);
            layers.Add(Convolution(middle, middle, block.Kernel * block.Kernel, Places(), bias: false, norm: middle));
            layers.Add(Convolution(middle, block.Width, 1, Places(), bias: false, norm: middle));
            if (block.ChangesShape(inputs)) layers.Add(Convolution(inputs, block.Width, 1, Places(), bias: false, norm: 0));
            inputs = block.Width;
        }
        layers.Add(new(2 * inputs, 0)); // the last norm
        layers.Add(Convolution(inputs, method.TargetSize, 1, grid.Positions, bias: true, norm: 0));
        foreach (var direction in method.Directions) layers.AddRange(Direction(method, inputs, grid.Positions));
        return layers;
    }

    /// <summary>All rows are counted, those that predict nothing, too: contexts are a hundredth of the encoder.</summary>
    private static IEnumerable<Layer> Direction(CpcV2Options method, int features, int positions)
    {
        var middle = method.ContextBottleneckWidth;
        for (var i = 0; i < method.ContextDepth; i++)
        {
            yield return Convolution(features, middle, 1, positions, bias: true, norm: 0);
            yield return Convolution(middle, middle, 3, positions, bias: true, norm: 0);
            yield return Convolution(middle, middle, 2, positions, bias: true, norm: 0);
            yield return Convolution(middle, features, 1, positions, bias: true, norm: 0);
        }
        foreach (var _ in method.Offsets) yield return Convolution(features, method.TargetSize, 1, positions, bias: true, norm: 0);
    }

    private static Layer Convolution(int inputs, int outputs, int taps, double places, bool bias, int norm)
    {
        var weights = (long)inputs * outputs * taps;
        return new(weights + (bias ? outputs : 0) + 2 * norm, places * weights);
    }

    private static int Half(int side) => (side + 1) / 2;
}
