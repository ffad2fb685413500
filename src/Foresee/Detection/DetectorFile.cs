using System.Text.Json;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Detection;

/// <summary>A detector as one safetensors file: weights by name, and what it was built from as metadata.</summary>
public static class DetectorFile
{
    public const string FileName = "detector.safetensors";
    private const string Key = "foresee.detector", Steps = "steps";

    private static readonly JsonSerializerOptions Format =
        new() { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    private sealed record Content(DetectorOptions Detector, IReadOnlyList<string> Classes, EncoderOptions Encoder, InputFormat Input);

    /// <param name="progress">Steps done and planned.</param>
    /// <param name="others">Beside the weights, such as an optimiser's state.</param>
    /// <param name="fields">Likewise.</param>
    internal static void Write(string path, Detector detector, (long Done, long Of) progress, IEnumerable<NamedTensor>? others = null,
        IReadOnlyDictionary<string, string>? fields = null)
    {
        var content = new Content(detector.Options, detector.Classes, detector.Encoder.Options, detector.Input);
        var metadata = new Dictionary<string, string>(fields ?? new Dictionary<string, string>())
        {
            [Key] = JsonSerializer.Serialize(content, Format),
            [Steps] = FormattableString.Invariant($"{progress.Done} of {progress.Of}"),
        };
        Safetensors.Write(path, [.. detector.State(), .. others ?? []], metadata);
    }

    /// <summary>"120 of 500" steps, of a training that has not ended; null of one that has.</summary>
    public static string? Unfinished(string path) => Safetensors.ReadMetadata(path).TryGetValue(Steps, out var text)
        && text.Split(" of ") is [var done, var of] && done != of ? text : null;

    /// <param name="path">The file, or the folder that a training wrote.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no detector.</exception>
    public static Detector Read(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, FileName);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no detector at {path}; name the folder that detect train wrote (its --out).", path);
        using var scope = TensorScope.Begin();
        using var file = Safetensors.ReadWeights(path);
        return Read(path, file);
    }

    /// <param name="path">For errors.</param>
    internal static Detector Read(string path, SafetensorsContent file)
    {
        if (!file.Metadata.TryGetValue(Key, out var text))
            throw new InvalidDataException($"{path}: the field '{Key}' is missing, so this is no detector of Foresee.");
        Detector? detector = null;
        try
        {
            var content = JsonSerializer.Deserialize<Content>(text, Format) ?? throw new JsonException("it is null");
            var faults = new List<string>();
            content.Input.Validate(faults);
            if (faults.Count == 0) content.Encoder.Validate(content.Input, faults);
            if (faults.Count > 0) throw new JsonException(string.Join("; ", faults));
            using var generator = new Generator(0);
            detector = new(content.Detector, content.Classes, content.Encoder.Build(content.Input, generator), generator);
            var own = detector.State().Select(tensor => tensor.Name).ToHashSet();
            detector.Load(file.Tensors.Where(tensor => own.Contains(tensor.Key)).ToDictionary());
            detector.Train(false);
            return detector;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or ArgumentException or TorchException)
        {
            detector?.Dispose();
            throw new InvalidDataException($"{path}: the detector can't be built from it ({error.Message.TrimEnd('.')}); restore the file, or "
                + "train it again.", error);
        }
    }
}
