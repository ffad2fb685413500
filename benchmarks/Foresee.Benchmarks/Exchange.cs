using System.Text.Json;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Training;

namespace Foresee.Benchmarks;

/// <summary>
/// The folder from which both sides of a comparison read the same network, weights and images; benchmarks/baseline/exchange.py reads it
/// too.
/// </summary>
internal static class Exchange
{
    public const string Weights = "weights.safetensors", Images = "images.safetensors", Photographs = "photographs";
    private const double HeadScale = 8;

    private static readonly JsonSerializerOptions names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static void Write<T>(string folder, string file, T fields) =>
        File.WriteAllText(Path.Combine(folder, file), JsonSerializer.Serialize(fields, names));

    public static void WriteTensors(string folder, string file, params NamedTensor[] tensors) =>
        Safetensors.Write(Path.Combine(folder, file), tensors);

    /// <summary>
    /// case.json and weights of the network and of its encoder by itself. Fresh weights would put every loss at chance, whatever the
    /// network computes; with larger predictors and targets it tells networks apart.
    /// </summary>
    public static void WriteNetwork(string folder, InputFormat input, CpcV2Options method, TrainingOptions training)
    {
        var (grid, encoder) = (method.Encoder.Grid(input), method.Encoder.Network);
        Write(folder, "case.json", new
        {
            grid.Height,
            grid.Width,
            encoder.Channels,
            grid.Patch,
            grid.Stride,
            Batch = training.BatchSize,
            encoder.Stem,
            encoder.StemStride,
            Blocks = encoder.Blocks.Select(block => new[] { block.Width, block.BottleneckWidth, block.Stride }),
            method.ContextBottleneckWidth,
            method.ContextDepth,
            method.TargetSize,
            method.Offsets,
            method.Scale,
            input.Mean,
            input.Std,
            Flip = method.Augmentation.FlipImage,
            training.Optimiser.LearningRate,
            training.Optimiser.Beta1,
            training.Optimiser.Beta2,
        });
        using var generator = new Generator(0);
        using var network = new CpcV2(method, new(input, generator, Device.Cpu));
        using (Autograd.NoGrad())
            foreach (var (name, weight) in network.Network.State())
                if (name.Contains("target.", StringComparison.Ordinal) || name.Contains(".offset", StringComparison.Ordinal))
                    weight.Mul_(HeadScale);
        WriteTensors(folder, Weights, [.. network.Network.State()]);
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), network.Encoder);
    }

    /// <summary>All images of the source as one uint8 tensor [count, C, height, width].</summary>
    public static void WriteImages(string folder, IImageSource source, InputFormat fit)
    {
        using var pixels = ImageTensors.Read(source, [.. Enumerable.Range(0, source.Count)], fit);
        WriteTensors(folder, Images, new NamedTensor("images", pixels));
    }
}
