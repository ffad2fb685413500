using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Foresee.Images;

namespace Foresee.Inference;

/// <summary>
/// All that is known of a fitted model beside its weights. It stands as JSON (snake_case) in model.onnx under the key <see
/// cref="MetadataKey"/>, and in model.json beside it.
/// </summary>
/// <param name="Classes">Names, in the order of the probabilities.</param>
/// <param name="Input">The form in which images reach the model.</param>
/// <param name="Features">K, the length of the vector under the head.</param>
public sealed record ModelDescription(IReadOnlyList<string> Classes, InputFormat Input, int Features)
{
    /// <summary>The newest format that is read, and the one that is written.</summary>
    public const int Newest = 1;

    /// <summary>Names inside a model's folder.</summary>
    public const string ModelFile = "model.onnx", FileName = "model.json";

    /// <summary>Folder of pictures of references, named by their number.</summary>
    public const string Thumbnails = "thumbnails";

    /// <summary>Keys of the metadata of model.onnx.</summary>
    public const string MetadataKey = "foresee", ReferencesKey = "foresee.references";

    private static readonly JsonSerializerOptions Json = new()
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(), // said, so that it is there where programs switch it off by default
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // names as they are: a file, no page
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public int Format { get; init; } = Newest;

    /// <summary>What the logits were divided by, so that probabilities are as often right as they say; it is inside the graph.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Null where nothing was measured, so that the model can't say whether an image is out of place.</summary>
    public NoveltyRule? Novelty { get; init; }

    /// <summary>Null where no labelled image could be held out, so that there are no conformal sets.</summary>
    public ConformalScores? Conformal { get; init; }

    /// <summary>Null where it was not measured.</summary>
    public MeasuredAccuracy? Accuracy { get; init; }

    /// <summary>Where the weights began: "imagenet-resnet18", "simclr", "none".</summary>
    public string Start { get; init; } = "";

    public string Protocol { get; init; } = "";

    /// <summary>The version of Foresee that fitted it.</summary>
    public string Program { get; init; } = "";

    public string? Commit { get; init; }

    /// <summary>Of the images that it learnt from.</summary>
    public string DataHash { get; init; } = "";

    /// <summary>Their name: a folder or a known data set.</summary>
    public string Data { get; init; } = "";

    /// <summary>Labelled images that it learnt from.</summary>
    public int Labels { get; init; }

    public int Seed { get; init; }

    /// <summary>When it was fitted.</summary>
    public DateTimeOffset? Time { get; init; }

    public string Command { get; init; } = "";

    public string Machine { get; init; } = "";

    /// <summary>That fitting took.</summary>
    public double Seconds { get; init; }

    /// <summary>Paths of the reference images, relative to the data, in the order of the references; empty where there are none.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>What was tried before this was chosen.</summary>
    public IReadOnlyList<TriedCandidate> Tried { get; init; } = [];

    /// <summary>
    /// Where, within the model's folder, the pictures of this model's references are: a model that takes its place has another. Models of
    /// Foresee before this had them in <see cref="Thumbnails"/> itself.
    /// </summary>
    public string ThumbnailFolder()
    {
        var words = string.Join('\0', [DataHash, Time?.ToString("O", CultureInfo.InvariantCulture) ?? "", .. References]);
        return Path.Combine(Thumbnails, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words)))[..12]);
    }

    /// <summary>Indented JSON, ending in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json) + "\n";

    /// <param name="where">Named in errors.</param>
    /// <exception cref="InvalidDataException">It is no such description, or of a later format.</exception>
    public static ModelDescription Parse(string json, string where)
    {
        try
        {
            using (var document = JsonDocument.Parse(json))
                if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("format", out var format)
                    && format.ValueKind == JsonValueKind.Number && format.TryGetInt32(out var number) && number > Newest)
                    throw new InvalidDataException($"{where} is of format {number}, written by a later Foresee; this one reads up to "
                        + $"{Newest}. Update Foresee, or fit the model again with this one.");
            var description = JsonSerializer.Deserialize<ModelDescription>(json, Json) ?? throw new JsonException("it is null");
            var faults = description.Faults();
            return faults.Count == 0 ? description : throw new JsonException(string.Join("; ", faults));
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InvalidDataException($"{where}: the description can't be used ({error.Message.TrimEnd('.')}); restore the model from "
                + "a copy, or fit it again.", error);
        }
    }

    /// <exception cref="InvalidDataException">Names every fault at once.</exception>
    public void Validate()
    {
        if (Faults() is { Count: > 0 } faults)
            throw new InvalidDataException($"The model's description can't be used: {string.Join("; ", faults)}.");
    }

    private List<string> Faults()
    {
        var faults = new List<string>();
        if (Format != Newest) faults.Add($"the format is {Format}, expected {Newest}");
        if (Classes.Count == 0) faults.Add("there are no classes");
        if (Classes.Any(string.IsNullOrEmpty)) faults.Add("a class has no name");
        if (Classes.Distinct(StringComparer.Ordinal).Count() != Classes.Count) faults.Add("two classes have the same name");
        if (Features < 1) faults.Add($"a model gives 1 feature or more, got {Features}");
        if (!(Temperature > 0) || !double.IsFinite(Temperature)) faults.Add($"the temperature must be above 0, got {Temperature}");
        if (References.Any(name => name is null)) faults.Add("a reference has no name");
        if (Tried.Any(candidate => candidate is null)) faults.Add("a candidate is null");
        Input.Validate(faults);
        var pixels = ((double)Input.Height + Input.Margin) * ((double)Input.Width + Input.Margin); // any numbers may stand there
        if (faults.Count == 0 && pixels * Input.Channels > Array.MaxLength)
            faults.Add($"an input of {Input.Width} x {Input.Height} pixels and {Input.Channels} channels is larger than an array");
        Novelty?.Validate(faults);
        Conformal?.Validate(faults);
        return faults;
    }
}

/// <summary>When an image is out of place: its mean cosine distance to the nearest references is larger than the threshold.</summary>
/// <param name="Neighbours">How many of the nearest references count.</param>
/// <param name="Threshold">0 to 2.</param>
/// <param name="Specificity">The share of images like the training images that it lets pass, 0 to 1.</param>
public sealed record NoveltyRule(int Neighbours, double Threshold, double Specificity)
{
    internal void Validate(ICollection<string> faults)
    {
        if (Neighbours < 1) faults.Add($"novelty needs 1 neighbour or more, got {Neighbours}");
        if (!double.IsFinite(Threshold)) faults.Add($"the threshold of novelty must be a number, got {Threshold}");
        if (!(Specificity is >= 0 and <= 1)) faults.Add($"the specificity of novelty lies within 0 and 1, got {Specificity}");
    }
}

/// <summary>
/// Sets by the rule of split conformal prediction (Vovk et al., Algorithmic Learning in a Random World, 2005, chapter 4) with the score 1 -
/// p(true class) (Sadinle et al., Least Ambiguous Set-Valued Classifiers with Bounded Error Levels, 2019). As fit takes scores by
/// cross-validation, from classifiers other than the one in use, its guarantee does not hold; measured coverage of sets of 90 % on
/// EuroSAT: 92 to 94 %.
/// </summary>
/// <param name="Scores">1 - p(true class) of calibration images, rising, at most 1,000.</param>
public sealed record ConformalScores(IReadOnlyList<double> Scores)
{
    /// <summary>
    /// The largest 1 - p of a class that is still in the set: with n scores the ⌈(n + 1) · coverage⌉-th smallest. Infinite, so that every
    /// class is in, where n is too small for the coverage.
    /// </summary>
    /// <param name="coverage">The share of images whose set is to hold the true class, within 0 and 1.</param>
    public double Threshold(double coverage)
    {
        if (!(coverage is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(coverage), $"A coverage lies between 0 and 1, got {coverage}; 0.9 is usual.");
        var rank = (int)Math.Ceiling((Scores.Count + 1) * coverage - 1e-9); // 10 scores at 0.9 are 9.9; 9 at 0.9 are 9, not 10
        return rank > Scores.Count ? double.PositiveInfinity : Scores[Math.Max(1, rank) - 1];
    }

    internal void Validate(ICollection<string> faults)
    {
        if (Scores.Any(score => !(score is >= 0 and <= 1))) faults.Add("conformal scores lie within 0 and 1");
        if (Scores.Zip(Scores.Skip(1)).Any(pair => pair.First > pair.Second)) faults.Add("conformal scores must rise");
    }
}

/// <summary>Accuracy in per cent.</summary>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Images">That it was measured on.</param>
/// <param name="How">"5-fold cross-validation", "test images".</param>
public sealed record MeasuredAccuracy(double Mean, double Low, double High, int Images, string How);

/// <summary>A start and a protocol that were tried.</summary>
/// <param name="Accuracy">In per cent; null where it was not measured.</param>
/// <param name="Reason">Why it was not measured, or left.</param>
public sealed record TriedCandidate(string Start, string Protocol, double? Accuracy, double? Low, double? High, double Seconds,
    string? Reason);
