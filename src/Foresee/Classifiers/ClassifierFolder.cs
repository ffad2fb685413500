using System.Security.Cryptography;
using System.Text.Json;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Classifiers;

/// <summary>
/// A classifier on disk: weights.safetensors (encoder under "encoder.", head under "head.", scaling under "scaling.") and classifier.json
/// (kind and options, classes, input format, encoder, provenance, and the hash of the weights, so that the two can't be mixed up).
/// </summary>
internal static class ClassifierFolder
{
    public const string WeightsName = "weights.safetensors", DescriptionName = "classifier.json";
    private const int Format = 1;

    /// <param name="Weights">SHA-256 of the weights' file, in hex.</param>
    /// <param name="Encoder">Null where the classifier has no pretrained encoder.</param>
    private sealed record Content(int Format, string Weights, IProtocol Protocol, InputFormat Input, IReadOnlyList<string> Classes,
        EncoderContent? Encoder, Provenance Provenance);

    private sealed record EncoderContent(EncoderOptions Options, InputFormat Input);

    private static readonly JsonSerializerOptions Json = new(Fingerprint.Json)
    {
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static void Write(string folder, ClassifierDescription description, TrainedEncoder? encoder, IEnumerable<NamedTensor> state)
    {
        Directory.CreateDirectory(folder);
        var weights = Path.Combine(folder, WeightsName);
        var network = encoder?.Network.State().Select(tensor => tensor with { Name = SavedClassifier.EncoderPrefix + tensor.Name }) ?? [];
        Safetensors.Write(weights, network.Concat(state));
        var content = new Content(Format, Hash(weights), description.Protocol, description.Input, description.Classes,
            encoder is null ? null : new(encoder.Network.Options, encoder.Network.Input), description.Provenance);
        AtomicFile.Write(Path.Combine(folder, DescriptionName), stream => JsonSerializer.Serialize(stream, content, Json));
    }

    /// <exception cref="InvalidDataException">The folder holds no classifier, or a damaged one; the message says what to do.</exception>
    public static SavedClassifier Read(string folder, Torch.Device device)
    {
        var (text, weights) = (Path.Combine(folder, DescriptionName), Path.Combine(folder, WeightsName));
        foreach (var path in new[] { text, weights })
            if (!File.Exists(path))
                throw new FileNotFoundException($"{folder} should hold a classifier, but has no {Path.GetFileName(path)}; "
                    + "name the folder that a classifier was saved to.", path);
        var content = Parse(text);
        if (Hash(weights) != content.Weights)
            throw new InvalidDataException($"{weights} is not the file that {DescriptionName} was written with: it is damaged, or of "
                + "another "
                + "classifier. Copy the whole folder again.");
        var description = new ClassifierDescription(content.Protocol, content.Input, content.Classes, content.Provenance);
        return new(folder, description, content.Encoder?.Options, content.Encoder?.Input, Safetensors.Read(weights), device);
    }

    private static Content Parse(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            using (var document = JsonDocument.Parse(text)) Check(document.RootElement);
            var content = JsonSerializer.Deserialize<Content>(text, Json) ?? throw new JsonException("it is null");
            var faults = new List<string>();
            content.Input.Validate(faults);
            if (content.Encoder is { } encoder && faults.Count == 0) encoder.Options.Validate(encoder.Input, faults);
            if (content.Classes.Count == 0 || content.Classes.Distinct().Count() != content.Classes.Count)
                faults.Add($"classes need different names and at least one, got {string.Join(", ", content.Classes)}");
            return faults.Count == 0 ? content : throw new JsonException(string.Join("; ", faults));
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path} describes no classifier that can be used: {error.Message.TrimEnd('.')}. "
                + "Copy it again, or fit and save the classifier anew.", error);
        }
    }

    /// <summary>A classifier of a later version is told by its format or kind, before anything else of it is read.</summary>
    private static void Check(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException($"it should hold an object, got {root.ValueKind}");
        if (root.TryGetProperty(nameof(Content.Format), out var format) && format.TryGetInt32(out var number) && number > Format)
            throw new JsonException($"its format is {number}, this Foresee reads {Format}; use a later version");
        if (!root.TryGetProperty(nameof(Content.Protocol), out var protocol) || protocol.ValueKind != JsonValueKind.Object
            || !protocol.TryGetProperty("protocol", out var kind) || !KnownProtocols.Names.Contains(kind.ToString()))
            throw new JsonException($"its kind is '{(protocol.ValueKind == JsonValueKind.Object && protocol.TryGetProperty("protocol", out var word) ? word : "")}', "
                + $"known are {string.Join(", ", KnownProtocols.Names)}");
    }

    private static string Hash(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
