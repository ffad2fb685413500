using System.Security.Cryptography;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation;

/// <summary>A pretrained encoder in use: whole images in, a grid of vectors out. Frozen.</summary>
public sealed class TrainedEncoder : IDisposable
{
    private readonly PatchEncoder encoder;
    private readonly GridGeometry grid;
    private readonly Tensor mean, deviation;

    private TrainedEncoder(PatchEncoder encoder, EncoderDescription description, Device device)
    {
        this.encoder = encoder;
        Description = description;
        encoder.To(device);
        Device = device;
        grid = new GridGeometry(description.Height, description.Width, description.Patch, description.Stride).Validate();
        using var scope = TensorScope.Begin();
        Tensor PerChannel(IReadOnlyList<double> values) =>
            TensorScope.Detach(Tensor.From<double>([.. values], 1, values.Count, 1, 1).To(DType.Float32).To(device));
        (mean, deviation) = (PerChannel(description.Mean), PerChannel(description.Deviation));
    }

    /// <param name="path">The folder of a run, or its encoder.safetensors.</param>
    public static TrainedEncoder Load(string path, Device device)
    {
        var (encoder, description) = EncoderFile.Read(path);
        var file = Directory.Exists(path) ? Path.Combine(path, EncoderFile.FileName) : path;
        return new(encoder, description, device) { Hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) };
    }

    /// <summary>SHA-256 of the file, in hex.</summary>
    public required string Hash { get; init; }

    public EncoderDescription Description { get; }
    public Device Device { get; }

    /// <summary>The form images must have.</summary>
    public ImageFit Fit => new(Description.Height, Description.Width, Description.Options.Channels);

    /// <param name="pixels">[B, C, height, width] UInt8</param>
    /// <returns>[B, H, W, D] Float32, without gradient</returns>
    public Tensor Features(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        return scope.Keep(Latents(pixels.To(Device).To(DType.Float32) / 255));
    }

    /// <summary>For fine-tuning: gradients flow where they are not switched off.</summary>
    /// <param name="images">[B, C, height, width] of 0 to 1</param>
    /// <returns>[B, H, W, D] Float32</returns>
    public Tensor Latents(Tensor images)
    {
        var patches = PatchGrid.Extract(images, grid);                                                  // [B·H·W, C, p, p]
        var z = encoder.Forward((patches - mean) / deviation);                                          // [B·H·W, D]
        return z.To(DType.Float32).Reshape(images.Size(0), grid.Rows, grid.Columns, -1);                // [B, H, W, D]
    }

    /// <summary>The encoder's weights.</summary>
    public IEnumerable<NamedTensor> Parameters() => encoder.Parameters();

    public void Dispose()
    {
        encoder.Dispose();
        mean.Dispose();
        deviation.Dispose();
    }
}
