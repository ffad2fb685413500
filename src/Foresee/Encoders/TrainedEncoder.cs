using System.Security.Cryptography;
using Foresee.Images;
using Foresee.Patches;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Encoders;

/// <summary>An encoder in use: pixels in, a grid of vectors out. Frozen.</summary>
public sealed class TrainedEncoder : IDisposable
{
    private const long MostAtOnce = 250, MostPixelsAtOnce = MostAtOnce * 96 * 96;
    private readonly Tensor mean, std;
    private readonly bool borrowed;

    private TrainedEncoder(Encoder encoder, Device device, bool borrowed = false)
    {
        (Network, Device, this.borrowed) = (encoder, device, borrowed);
        if (!borrowed) encoder.To(device);
        (mean, std) = (PerChannel(Input.Mean, 0), PerChannel(Input.Std, 1));
    }

    private Tensor PerChannel(IReadOnlyList<double> values, double otherwise)
    {
        using var scope = TensorScope.Begin();
        double[] all = values.Count > 0 ? [.. values] : [.. Enumerable.Repeat(otherwise, Input.Channels)];
        return TensorScope.Detach(Tensor.From<double>(all, 1, all.Length, 1, 1).To(DType.Float32).To(Device));
    }

    /// <param name="path">The folder of a run, or its encoder.safetensors.</param>
    /// <param name="stride">Pixels between patches; a smaller one than in pretraining gives a finer grid. Null: as in pretraining.</param>
    /// <exception cref="ArgumentException">A stride was asked for, and the encoder has no patches.</exception>
    public static TrainedEncoder Load(string path, Device device, int? stride = null) =>
        Load(path, device, new EncoderReading { Stride = stride });

    /// <param name="path">The folder of a run or start, or a file.</param>
    /// <exception cref="ArgumentException">The encoder can't be used so.</exception>
    public static TrainedEncoder Load(string path, Device device, EncoderReading reading)
    {
        var (encoder, words) = (reading.Of(path), reading.ToString());
        return new(encoder, device) { Hash = words.Length == 0 ? HashOf(path) : $"{HashOf(path)}, {words}" };
    }

    private static string HashOf(string path) =>
        Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Directory.Exists(path)
            ? Path.Combine(path, EncoderFile.FileName)
            : path)));

    /// <summary>An encoder that is still learning, seen as it is at each moment; disposing leaves it alone.</summary>
    public static TrainedEncoder Of(Encoder encoder, Device device) => new(encoder, device, borrowed: true);

    /// <summary>An encoder that was made or read elsewhere; disposing disposes it.</summary>
    public static TrainedEncoder Own(Encoder encoder, Device device) => new(encoder, device);

    /// <summary>SHA-256 of the file, in hex, and another reading of it; null for one that was not read from a file.</summary>
    public string? Hash { get; private init; }

    /// <summary>The network itself.</summary>
    public Encoder Network { get; }

    public Device Device { get; }

    /// <summary>The form that images must have.</summary>
    public InputFormat Input => Network.Input;

    /// <summary>D, the length of a vector.</summary>
    public int Width => Network.Features;

    /// <param name="pixels">[B, C, height, width] UInt8, of the size that is read.</param>
    /// <returns>[B, H, W, D] Float32, without gradient</returns>
    public Tensor Features(Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var (count, parts) = (pixels.Size(0), new List<Tensor>());
        for (long from = 0; from == 0 || from < count; from += AtOnce)
        {
            using var inner = TensorScope.Begin();
            var images = pixels.Narrow(0, from, Math.Min(AtOnce, count - from)).To(Device).To(DType.Float32) / 255;
            parts.Add(inner.Keep(Latents(images)));
        }
        return scope.Keep(parts.Count == 1 ? parts[0] : Tensor.Cat([.. parts]));
    }

    /// <summary>Images whose maps fit into memory together: those of 250 images of 224 px are 3 GB in the first layer alone.</summary>
    private long AtOnce => Math.Clamp(MostPixelsAtOnce / ((long)Input.Height * Input.Width), 1, MostAtOnce);

    /// <summary>For fine-tuning: gradients flow where they are not switched off.</summary>
    /// <param name="images">[B, C, height, width] of 0 to 1</param>
    /// <returns>[B, H, W, D] Float32</returns>
    public Tensor Latents(Tensor images) => Network.Grid(Normalised(images));

    /// <summary>What the network gets of images: their middle, normalised.</summary>
    /// <param name="images">[B, C, height, width] of 0 to 1</param>
    public Tensor Normalised(Tensor images) => (PatchGrid.Centre(images, Input.Height, Input.Width) - mean) / std;

    /// <summary>
    /// Draws all weights anew, and running statistics of a norm begin again; what was measured on pixels stays (mean, std, whitening).
    /// </summary>
    public void Forget(ulong seed)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(seed);
        using var fresh = Network.Options.Build(Input, generator);
        foreach (var (old, drawn) in Network.State().Zip(fresh.State()))
            if (!Network.IsMeasured(old.Name)) old.Value.Copy_(drawn.Value);
    }

    /// <summary>What its products are computed in from now on; weights, norms and what it gives stay Float32.</summary>
    public void Compute(DType type) => Network.Compute(type);

    /// <summary>Whether batch norm and dropout of its network behave as in learning.</summary>
    public void Train(bool training) => Network.Train(training);

    /// <summary>The encoder's weights.</summary>
    public IEnumerable<NamedTensor> Parameters() => Network.Parameters();

    public void Dispose()
    {
        if (!borrowed) Network.Dispose();
        mean.Dispose();
        std.Dispose();
    }
}
