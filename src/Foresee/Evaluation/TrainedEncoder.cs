using System.Security.Cryptography;
using Foresee.Augmentation;
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

    private readonly bool borrowed;

    private TrainedEncoder(PatchEncoder encoder, EncoderDescription description, Device device, bool borrowed = false)
    {
        this.borrowed = borrowed;
        this.encoder = encoder;
        Description = description;
        if (!borrowed) encoder.To(device);
        Device = device;
        grid = new GridGeometry(description.Height, description.Width, description.Patch, description.Stride).Validate();
        using var scope = TensorScope.Begin();
        Tensor PerChannel(IReadOnlyList<double> values) =>
            TensorScope.Detach(Tensor.From<double>([.. values], 1, values.Count, 1, 1).To(DType.Float32).To(device));
        (mean, deviation) = (PerChannel(description.Mean), PerChannel(description.Std));
    }

    /// <param name="path">The folder of a run, or its encoder.safetensors.</param>
    /// <param name="stride">Pixels between patches; a smaller one than in pretraining gives a finer grid. Null: as in pretraining.</param>
    public static TrainedEncoder Load(string path, Device device, int? stride = null)
    {
        var (encoder, description, hash) = Read(path);
        return stride is not { } pixels || pixels == description.Stride
            ? new(encoder, description, device) { Hash = hash }
            : new(encoder, description with { Stride = pixels }, device) { Hash = $"{hash}, stride {pixels}" };
    }

    /// <summary>Sees each image at once instead of patch by patch: a grid as fine as the encoder's last map, whose vectors see past the edge of a patch.</summary>
    /// <exception cref="ArgumentException">The encoder takes a patch as one vector, so an image is the same to it as its patches.</exception>
    public static TrainedEncoder LoadForWholeImages(string path, Device device)
    {
        var (encoder, description, hash) = Read(path);
        if (description.Options.StemKernel != description.Patch) return new(encoder, description, device) { Hash = $"{hash}, whole images", WholeImages = true };
        encoder.Dispose();
        throw new ArgumentException($"The first layer of this encoder is as large as its patches, {description.Patch} px, so it sees the same in whole images as in a grid of patches; leave whole images out, or make the grid finer with a smaller stride.");
    }

    private static (PatchEncoder Encoder, EncoderDescription Description, string Hash) Read(string path)
    {
        var (encoder, description) = EncoderFile.Read(path);
        var file = Directory.Exists(path) ? Path.Combine(path, EncoderFile.FileName) : path;
        return (encoder, description, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
    }

    /// <summary>An encoder that is still learning, seen as it is at each moment; disposing leaves it alone.</summary>
    public static TrainedEncoder Of(PatchEncoder encoder, EncoderDescription description, Device device) => new(encoder, description, device, borrowed: true);

    /// <summary>SHA-256 of the file, in hex, and a stride of one's own; null for one that was not read from a file.</summary>
    public string? Hash { get; private init; }

    private bool WholeImages { get; init; }

    public EncoderDescription Description { get; }
    public Device Device { get; }

    /// <summary>The form images must have.</summary>
    public InputFormat Input => new(Description.Height + Description.Margin, Description.Width + Description.Margin, Description.Options.Channels, Description.EnlargesSmall ? SmallImages.Enlarge : SmallImages.Refuse)
    {
        Window = new(Description.Black, Description.White),
    };

    /// <param name="pixels">[B, C, height, width] UInt8</param>
    /// <returns>[B, H, W, D] Float32, without gradient</returns>
    public Tensor Features(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        return scope.Keep(Latents(pixels.To(Device).To(DType.Float32) / 255));
    }

    /// <summary>The same of images changed at random: cropped and mirrored, then each patch by itself.</summary>
    /// <param name="pixels">[B, C, height, width] UInt8, on the CPU</param>
    /// <param name="augmentation">Its margin is that of <see cref="Input"/>, whatever it says.</param>
    /// <returns>[B, H, W, D] Float32, without gradient</returns>
    /// <exception cref="ArgumentException">It sees whole images.</exception>
    public Tensor Features(Tensor pixels, PatchAugmentation augmentation, Generator generator)
    {
        if (WholeImages) throw new ArgumentException("Patches can't be augmented where the encoder sees whole images; load it for patches, with TrainedEncoder.Load.");
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var cutter = new PatchCutter(augmentation with { Margin = Description.Margin }, grid, Description.Options.Channels, Description.Mean, Description.Std);
        return scope.Keep(Grid(cutter.Cut(pixels, generator).To(Device), pixels.Size(0)));
    }

    /// <summary>What the encoder's network gets of images.</summary>
    /// <param name="images">[B, C, height, width] of 0 to 1</param>
    /// <returns>[B·H·W, C, p, p], normalised</returns>
    public Tensor Patches(Tensor images) => (PatchGrid.Extract(PatchGrid.Centre(images, grid), grid) - mean) / deviation;

    /// <summary>For fine-tuning: gradients flow where they are not switched off.</summary>
    /// <param name="images">[B, C, height, width] of 0 to 1</param>
    /// <returns>[B, H, W, D] Float32; H x W patches, or for whole images positions of the last map</returns>
    public Tensor Latents(Tensor images)
    {
        if (WholeImages)
            return encoder.Map((PatchGrid.Centre(images, grid) - mean) / deviation).To(DType.Float32).Permute(0, 2, 3, 1); // [B, h, w, D]
        return Grid(Patches(images), images.Size(0));
    }

    /// <param name="patches">[B·H·W, C, p, p], normalised</param>
    private Tensor Grid(Tensor patches, long images)
    {
        var z = encoder.Forward(patches);                                                               // [B·H·W, D]
        return z.To(DType.Float32).Reshape(images, grid.Rows, grid.Columns, -1);                        // [B, H, W, D]
    }

    /// <summary>Draws all weights anew, and running statistics of a norm begin again; what was measured on pixels stays (mean, deviation, whitening).</summary>
    public void Forget(ulong seed)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(seed);
        using var fresh = new PatchEncoder(Description.Options, generator);
        foreach (var (old, drawn) in encoder.State().Zip(fresh.State()))
            if (old.Name != PatchEncoder.WhiteningName) old.Value.Copy_(drawn.Value);
    }

    /// <summary>What its products are computed in from now on; weights, norms and what it gives stay Float32.</summary>
    public void Compute(DType type) => encoder.Compute(type);

    /// <summary>The encoder's weights.</summary>
    public IEnumerable<NamedTensor> Parameters() => encoder.Parameters();

    public void Dispose()
    {
        if (!borrowed) encoder.Dispose();
        mean.Dispose();
        deviation.Dispose();
    }
}
