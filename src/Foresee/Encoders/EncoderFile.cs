using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Encoders.Imported;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Encoders;

/// <summary>
/// A trained encoder as one safetensors file: weights under PyTorch's names, options and input format as metadata. Read, too, are a
/// ResNet's weights as torchvision names them (.safetensors) and frozen ONNX models (.onnx).
/// </summary>
public static class EncoderFile
{
    public const string FileName = "encoder.safetensors";
    private const string Key = "foresee.encoder";

    private static readonly JsonSerializerOptions Format =
        new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private sealed record Content(EncoderOptions Encoder, InputFormat Input);

    public static void Write(string path, Encoder encoder) => Safetensors.Write(path, encoder.State(),
        new Dictionary<string, string> { [Key] = JsonSerializer.Serialize(new Content(encoder.Options, encoder.Input), Format) });

    /// <param name="path">The file, or the folder of a run or start.</param>
    /// <param name="change">The same weights under other options; null for those of the file.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no encoder.</exception>
    public static Encoder Read(string path, Func<EncoderOptions, EncoderOptions>? change = null)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"No trained encoder at {path}; run `foresee pretrain` first, or name the folder of a run.",
                path);
        if (Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase)) return Unchanged(OnnxModel.Read(path), change);
        using var scope = TensorScope.Begin();
        using var file = Safetensors.ReadWeights(path);
        var named = file.Metadata.TryGetValue(Key, out var text);
        if (!named && TorchvisionWeights.Has(file.Tensors.Keys)) return Unchanged(TorchvisionWeights.Read(path, file.Tensors), change);
        if (!named)
            throw new InvalidDataException($"{path}: the field '{Key}' is missing, so this is no encoder of Foresee, "
                + "and its tensors are not those of a torchvision ResNet; name the folder of a run.");
        var (options, input) = Parse(path, text!);
        var encoder = Build(path, change is null ? options : change(options), input);
        try
        {
            encoder.Load(file.Tensors);
        }
        catch (ArgumentException error)
        {
            encoder.Dispose();
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
        encoder.Train(false);
        return encoder;
    }

    /// <summary>Other options are for patches; asked of an encoder without them, they refuse.</summary>
    private static Encoder Unchanged(Encoder encoder, Func<EncoderOptions, EncoderOptions>? change)
    {
        try
        {
            change?.Invoke(encoder.Options);
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Sizes that are valid one by one may still ask for more than a machine has.</summary>
    private static Encoder Build(string path, EncoderOptions options, InputFormat input)
    {
        using var generator = new Generator(0);
        try
        {
            return options.Build(input, generator);
        }
        catch (Exception error) when (error is TorchException or ArithmeticException or OutOfMemoryException)
        {
            throw new InvalidDataException($"{path}: the description asks for a network that can't be built here; name another run, or "
                + "restore the file.", error);
        }
    }

    private static Content Parse(string path, string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var old = document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty(nameof(OldContent.Options), out _);
            var content = (old ? JsonSerializer.Deserialize<OldContent>(text, Format)?.Renewed()
                : JsonSerializer.Deserialize<Content>(text, Format))
                ?? throw new JsonException("it is null");
            var faults = new List<string>();
            content.Input.Validate(faults);
            if (faults.Count == 0) content.Encoder.Validate(content.Input, faults);
            return faults.Count == 0 ? content : throw new JsonException(string.Join("; ", faults));
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"{path}: the encoder's description can't be used ({error.Message}); name another run, or "
                + "restore the file.", error);
        }
    }

    /// <summary>What files of Foresee 0.1 hold: patches only, and everything in one record.</summary>
    private sealed record OldContent(OldNetwork Options, int Height, int Width, int Patch, int Stride, IReadOnlyList<double> Mean,
        [property: JsonPropertyName("Deviation")] IReadOnlyList<double> Std)
    {
        public int Margin { get; init; }
        public IReadOnlyList<int> Black { get; init; } = [0];
        public IReadOnlyList<int> White { get; init; } = [65535];
        public bool EnlargesSmall { get; init; }

        public Content Renewed() => new(new PatchGridOptions(Patch, Stride, Options.Renewed()), new(Height, Width, Options.Channels)
        {
            Margin = Margin,
            Small = EnlargesSmall ? SmallImages.Enlarge : SmallImages.Refuse,
            Window = new(Black, White),
            Mean = Mean,
            Std = Std,
        });
    }

    private sealed record OldNetwork(int Channels, int Stem, int StemKernel, int StemStride, IReadOnlyList<OldBlock> Blocks)
    {
        public int StemPool { get; init; } = 1;
        public double Whitening { get; init; }
        public Norm Norm { get; init; }
        public int Groups { get; init; } = 32;
        public Activations Activations { get; init; }
        public int? StemPadding { get; init; }

        public PatchEncoderOptions Renewed()
        {
            var options = new PatchEncoderOptions(Channels, Stem, StemKernel, StemStride, [.. Blocks.Select(block => block.Renewed())])
            {
                StemPool = StemPool,
                Whitening = Whitening,
                Norm = Norm,
                Groups = Groups,
                Activations = Activations,
            };
            return StemPadding is { } padding ? options with { StemPadding = padding } : options;
        }
    }

    private sealed record OldBlock(int Width, int Middle, int Stride = 1, int Kernel = 3)
    {
        public BlockKind Kind { get; init; }

        public BlockOptions Renewed() => new(Width, Middle, Stride, Kernel) { Kind = Kind };
    }
}
