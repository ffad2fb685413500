using System.Text.Json;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Encoders;

/// <summary>A trained encoder as one safetensors file: weights under PyTorch's names, the description as metadata.</summary>
public static class EncoderFile
{
    public const string FileName = "encoder.safetensors";
    private const string Key = "foresee.encoder";

    public static void Write(string path, PatchEncoder encoder, EncoderDescription description) =>
        Safetensors.Write(path, encoder.State(), new Dictionary<string, string> { [Key] = JsonSerializer.Serialize(description) });

    /// <param name="path">The file, or the folder of a run.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no encoder.</exception>
    public static (PatchEncoder Encoder, EncoderDescription Description) Read(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, FileName);
        if (!File.Exists(path)) throw new FileNotFoundException($"No trained encoder at {path}; run `foresee pretrain` first, or name the folder of a run.", path);
        using var scope = TensorScope.Begin();
        using var file = Safetensors.Read(path);
        if (!file.Metadata.TryGetValue(Key, out var text)) throw new InvalidDataException($"{path}: the field '{Key}' is missing; this is no Foresee encoder.");
        EncoderDescription description;
        try
        {
            description = JsonSerializer.Deserialize<EncoderDescription>(Renewed(text)) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path}: the encoder's description can't be read ({error.Message}).", error);
        }
        using var generator = new Generator(0);
        var encoder = new PatchEncoder(description.Options, generator);
        encoder.Load(file.Tensors);
        encoder.Train(false);
        return (encoder, description);
    }

    /// <summary>Files of Foresee 0.1 name some fields otherwise.</summary>
    private static string Renewed(string text) =>
        text.Replace("\"Deviation\":", "\"Std\":", StringComparison.Ordinal).Replace("\"Middle\":", "\"BottleneckWidth\":", StringComparison.Ordinal);
}
