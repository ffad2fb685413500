using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Methods;

/// <summary>Which of the encoder's maps reach the decoder besides the last.</summary>
internal enum SkipConnections
{
    None,

    /// <summary>Those of all stages (U-Net, Ronneberger et al. 2015).</summary>
    AllStages,
}

/// <summary>g(f(x)), an image again: the encoder, and the decoder from its grid, which is dropped after pretraining.</summary>
internal sealed class EncoderDecoder : Module
{
    private readonly MethodContext context;
    private readonly SkipConnections skips;
    private readonly Decoder decoder;

    public EncoderDecoder(ConvEncoderOptions encoder, MethodContext context, SkipConnections skips = SkipConnections.None)
    {
        (this.context, this.skips) = (context, skips);
        var input = context.Input;
        Encoder = Child("encoder", context.NewEncoder(encoder));
        decoder = Child("decoder", new Decoder(encoder.Features, input.Channels, input.Height, input.Width, encoder.Halvings,
            context.Generator, [.. Joined(Encoder.StageWidths)]));
    }

    public Encoder Encoder { get; }

    /// <param name="x">[B, C, h, w], normalised</param>
    /// <returns>Of the same shape.</returns>
    public override Tensor Forward(Tensor x)
    {
        var maps = Encoder.Stages(x);                                                        // each [B, D_s, h_s, w_s]
        return decoder.Forward(maps[^1].Permute(0, 2, 3, 1), [.. Joined(maps)]);
    }

    /// <summary>For <see cref="IMethod.Pictures"/>: what is put in, what should come out, what does.</summary>
    /// <param name="inputs">The images and, second, what is left of them: [B, C, h, w], normalised.</param>
    public IReadOnlyList<Tensor> Pictures(Inputs inputs)
    {
        var (x, spoilt) = (inputs.Tensors[0], inputs.Tensors[1]);
        return [context.Shown(spoilt), context.Shown(x), context.Shown(Forward(spoilt))];
    }

    /// <summary>The smallest first, as the decoder meets them.</summary>
    private IEnumerable<T> Joined<T>(IEnumerable<T> stages) => skips == SkipConnections.None ? [] : stages.SkipLast(1).Reverse();
}
