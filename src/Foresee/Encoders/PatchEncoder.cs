using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>
/// One vector per patch: convolution, pre-activation bottleneck blocks with channel layer norm, norm + ReLU, spatial mean
/// (Hénaff et al. 2020, appendix A.1: ResNet v2 with layer norm in place of batch norm, mean-pooled).
/// </summary>
/// <remarks>No batch norm: batch statistics would let patches know of one another.</remarks>
public sealed class PatchEncoder : Module
{
    private readonly Conv2d stem;
    private readonly List<Bottleneck> blocks = [];
    private readonly ChannelLayerNorm norm;
    private readonly Tensor[] weights;
    private readonly long[] architecture;

    public PatchEncoder(PatchEncoderOptions options, Generator generator)
    {
        var faults = new List<string>();
        options.Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        Options = options;
        stem = Child("stem", new Conv2d(options.Channels, options.Stem, options.StemKernel, options.StemStride,
            options.StemPadding, bias: false, generator));
        var width = options.Stem;
        foreach (var block in options.Blocks)
        {
            blocks.Add(Child($"blocks.{blocks.Count}", new Bottleneck(width, block, generator)));
            width = block.Width;
        }
        norm = Child("norm", new ChannelLayerNorm(width));
        (weights, architecture) = ([.. Parameters().Select(p => p.Value)], FusedEncoder.Architecture(options));
    }

    public PatchEncoderOptions Options { get; }

    /// <param name="x">[N, C, p, p], normalised pixels.</param>
    /// <returns>[N, D]</returns>
    public override Tensor Forward(Tensor x)
    {
        if (ComputeType == DType.Float32 && FusedEncoder.Fits(Options, x))
            return Autograd.GradEnabled ? new FusedEncoder(x, architecture).Apply(weights)[0] : FusedEncoder.Infer(x, weights, architecture);
        x = stem.Forward(x.To(MemoryFormat.ChannelsLast));          // [N, stem, p, p]
        foreach (var block in blocks) x = block.Forward(x);         // [N, D, p/s, p/s]
        return norm.Forward(x).Relu().Mean([2, 3]);                 // [N, D]
    }
}
