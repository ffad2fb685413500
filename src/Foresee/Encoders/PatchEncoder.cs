using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>
/// One vector per patch: convolution, pre-activation residual blocks, norm + ReLU, spatial mean
/// (Hénaff et al. 2020, appendix A.1: ResNet v2 with layer norm in place of batch norm, mean-pooled).
/// </summary>
public sealed class PatchEncoder : Module
{
    private readonly Conv2d stem;
    private readonly List<Module> blocks = [];
    private readonly Module norm;
    internal const string WhiteningName = "whitening";
    private readonly Tensor? whitening;
    private readonly Tensor[] weights;
    private readonly long[] architecture;

    public PatchEncoder(PatchEncoderOptions options, Generator generator)
    {
        var faults = new List<string>();
        options.Validate(faults);
        if (faults.Count > 0) throw new ArgumentException($"Encoder: {string.Join("; ", faults)}.");
        Options = options;
        var norms = new NormOptions(options.Norm, options.Groups);
        stem = Child("stem", new Conv2d(options.Channels, options.Stem, options.StemKernel, options.StemStride,
            options.StemPadding, norms.Bias, generator));
        var seen = options.Channels * options.StemKernel * options.StemKernel;
        if (options.Whitening > 0) whitening = Buffer(WhiteningName, Tensor.Invoke("aten::eye", "", (long)seen)); // [K, K]
        var width = options.Stem;
        foreach (var block in options.Blocks)
        {
            blocks.Add(Child<Module>($"blocks.{blocks.Count}", block.Kind == BlockKind.Basic
                ? new BasicBlock(width, block, generator, norms)
                : new Bottleneck(width, block, generator, norms)));
            width = block.Width;
        }
        norm = Child("norm", norms.Layer(width));
        (weights, architecture) = ([.. Parameters().Select(p => p.Value)], FusedEncoder.Architecture(options));
    }

    public PatchEncoderOptions Options { get; }

    /// <summary>Before training, where <see cref="PatchEncoderOptions.Whitening"/> asks for it.</summary>
    /// <param name="patches">[N, C, p, p], normalised pixels.</param>
    public void Whiten(Tensor patches)
    {
        using var filter = Whitening.Of(patches, Options);
        using var noGrad = Autograd.NoGrad();
        (whitening ?? throw new InvalidOperationException("This encoder's options ask for no whitening.")).Copy_(filter);
    }

    /// <summary>As the kernels take them: the stem's with the whitening filter in it.</summary>
    private Tensor[] Weights() => whitening is null ? weights : [StemWeight(), .. weights.AsSpan(1)];

    /// <summary>[stem, C, k, k], with the whitening filter in it.</summary>
    private Tensor StemWeight() => whitening is null ? stem.Weight
        : stem.Weight.Flatten(1).MatMul(whitening).Reshape([.. stem.Weight.Shape]).To(MemoryFormat.ChannelsLast);

    /// <param name="x">[N, C, p, p], normalised pixels.</param>
    /// <returns>[N, D]</returns>
    public override Tensor Forward(Tensor x)
    {
        if (FusedEncoder.Supports(Options, x, Arithmetic))
        {
            if (!Autograd.Recording) return FusedEncoder.Infer(x, Weights(), architecture, ComputeType);
            if (Options.Activations == Activations.Keep) return new FusedEncoder(x, architecture, ComputeType).Apply(Weights())[0];
        }
        return Map(x).Mean([2, 3]);                                                     // [N, D]
    }

    /// <summary>
    /// Without the mean over positions; also for whole images, whose positions see past the edge of a patch (paper, section 3: patches are
    /// for pretraining).
    /// </summary>
    /// <param name="x">[N, C, H, W], normalised pixels.</param>
    /// <returns>[N, D, H/s, W/s], s the product of all strides</returns>
    public Tensor Map(Tensor x)
    {
        x = stem.Forward(x.To(MemoryFormat.ChannelsLast), StemWeight());                // [N, stem, H, W]
        if (Options.StemPool > 1) x = x.MaxPool2d(3, Options.StemPool, padding: 1);     // [N, stem, H/2, W/2]
        foreach (var block in blocks) x = Through(block, x);                            // [N, D, H/s, W/s]
        return norm.Forward(x).Relu();
    }

    /// <summary>What a block makes on its way, its input too, lives on only where the gradient needs it.</summary>
    private Tensor Through(Module block, Tensor x)
    {
        using var input = x;
        using var scope = TensorScope.Begin();
        return scope.Keep(Options.Activations == Activations.Recompute ? Recompute.Forward(block, x) : block.Forward(x));
    }
}
