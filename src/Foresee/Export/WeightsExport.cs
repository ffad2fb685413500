using Foresee.Classifiers;
using Foresee.Encoders;

namespace Foresee.Export;

/// <summary>An encoder's weights as a safetensors file, for PyTorch or to learn on.</summary>
public static class WeightsExport
{
    /// <summary>
    /// A plain residual network is written under torchvision's names (conv1.weight, layer1.0.bn1.running_mean) without its last layer, so
    /// that <c>load_state_dict(weights, strict=False)</c> of a network of the same blocks takes it; a small stem needs
    /// <c>conv1 = Conv2d(C, width, 3, 1, 1, bias=False)</c> and no max-pooling. Other encoders keep Foresee's names. Either file is an
    /// encoder that Foresee reads again.
    /// </summary>
    /// <returns>Whether the names are those of torchvision.</returns>
    public static bool Write(Encoder encoder, string path)
    {
        EncoderFile.Write(path, encoder);
        return encoder.Options is ConvEncoderOptions { Order: ResidualOrder.Plain, Stem: not ConvStem.Medium };
    }

    /// <summary>The encoder of a classifier.</summary>
    /// <exception cref="NotSupportedException">It has none: its network learnt from labelled images alone.</exception>
    /// <inheritdoc cref="Write(Encoder, string)"/>
    public static bool Write(Classifier classifier, string path) => classifier.Encoder is { } encoder ? Write(encoder.Network, path)
        : throw new NotSupportedException("This classifier has no encoder: it is a network that learnt from labelled images alone. Export it "
            + "as ONNX.");
}
