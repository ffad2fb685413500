using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Studies.Adaptation;

/// <summary>A small residual network on whole images: uint8 [B, C, height, width] to the mean [B, D] of its last map.</summary>
public sealed class PixelBody : Module
{
    private readonly TrainedEncoder reading;

    /// <param name="input">With mean and std.</param>
    public PixelBody(InputFormat input, Generator generator, int width = 32)
    {
        var blocks = new ConvEncoderOptions(width, [1, 1, 1], ResidualOrder.PreActivation, ConvStem.Medium);
        Encoder = Child("encoder", new ConvEncoder(blocks, input, generator));
        reading = TrainedEncoder.Of(Encoder, Device.Cpu);
    }

    /// <summary>What can be kept and used as any other encoder.</summary>
    public ConvEncoder Encoder { get; }

    /// <summary>D</summary>
    public int Features => Encoder.Features;

    public override Tensor Forward(Tensor x) => reading.Latents(x.To(DType.Float32) / 255).Mean([1, 2]);   // [B, D]

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) reading.Dispose();
    }
}
