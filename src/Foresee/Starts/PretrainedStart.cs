using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Encoders;
using Foresee.Encoders.Imported;
using Foresee.Torch.Files;

namespace Foresee.Starts;

/// <summary>Weights that somebody else trained, to be fetched by name.</summary>
/// <param name="Network">In words.</param>
/// <param name="Package">The file inside a NuGet package.</param>
/// <param name="Sha256">Of that file, in hex.</param>
/// <param name="Bytes">Of the package.</param>
/// <param name="Licence">SPDX, of package and weights.</param>
/// <param name="TrainedOn">The images, and whether labels were used.</param>
public sealed record PretrainedStart(string Name, string Network, NuGetFile Package, string Sha256, long Bytes, string Licence,
    string TrainedOn)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a file, no page
    };

    public const string FileName = "start.json";

    /// <summary>Those that can be fetched.</summary>
    public static IReadOnlyList<PretrainedStart> All { get; } =
    [
        new("imagenet-resnet18", "ResNet of blocks 2, 2, 2, 3, 512-d, 224 px",
            new("Microsoft.ML.DnnImageFeaturizer.ResNet18", "0.23.1", "tools/DnnImageModels/ResNet18Onnx/ResNet18.onnx"),
            "e2552f19db2dfdb01b3669537b6a0f1b44da38d18279535492ed5dfc2ef1ff8f", 59_500_419, "MIT", ImageNet),
    ];

    /// <summary>Such weights have seen the pictures, and the labels, of ImageNet and of all sets made from it.</summary>
    public const string ImageNet = "ImageNet's 1.3 million photographs with their labels";

    /// <summary>Of the fetched file.</summary>
    [JsonIgnore]
    internal Func<string, Encoder> Read { get; private init; } = OnnxResNet.ReadMicrosofts;

    public static PretrainedStart? Find(string name) => All.FirstOrDefault(start => start.Name == name);

    /// <summary>Where starts are kept: FORESEE_STARTS, else the user's cache folder.</summary>
    public static string Root
    {
        get
        {
            if (Environment.GetEnvironmentVariable("FORESEE_STARTS") is { Length: > 0 } own) return own;
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? xdg
                : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(cache, "foresee", "starts");
        }
    }

    /// <summary>Where this one is once it was fetched: encoder.safetensors and start.json.</summary>
    public string Folder(string? root = null) => Path.Combine(root ?? Root, Name);

    public bool IsThere(string? root = null) => System.IO.File.Exists(Path.Combine(Folder(root), EncoderFile.FileName));

    /// <summary>What a folder's encoder came from; null where it is no start's.</summary>
    public static string? TrainingOf(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!System.IO.File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<Description>(System.IO.File.ReadAllText(path), Json)?.TrainedOn;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the weights from the package on this machine or from the NuGet sources that it is set up for, checks them, and writes the
    /// folder; stopped or killed, it leaves none.
    /// </summary>
    /// <param name="report">What is being done, in words.</param>
    /// <exception cref="StartException">It can't be had, or is another file than expected.</exception>
    public async Task<string> GetAsync(string? root, Action<string> report, CancellationToken cancel)
    {
        var folder = Folder(root);
        var work = $"{folder}.{Environment.ProcessId}.part";
        Directory.CreateDirectory(work);
        try
        {
            var weights = Path.Combine(work, Path.GetFileName(Package.Entry));
            await Package.ExtractAsync(weights, Bytes, report, cancel).ConfigureAwait(false);
            Check(weights);
            report("reading the weights");
            using (var encoder = Read(weights)) EncoderFile.Write(Path.Combine(work, EncoderFile.FileName), encoder);
            System.IO.File.Delete(weights);
            var source = $"NuGet {Package.Id} {Package.Version}, {Package.Entry}";
            var description = new Description(Name, Network, source, Sha256, Licence, TrainedOn);
            AtomicFile.Write(Path.Combine(work, FileName), JsonSerializer.Serialize(description, Json) + "\n");
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.Move(work, folder);
            return folder;
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>
    /// Encoders side by side as one, in a folder of their own that stands wherever a run or start does (<see cref="JointEncoder"/>). What
    /// one of them was trained on, the whole was.
    /// </summary>
    /// <param name="parts">A name, a folder or file, and what it was trained on where that is known.</param>
    /// <exception cref="ArgumentException">They don't go together.</exception>
    public static void Join(IReadOnlyList<StartingPoint> parts, string folder)
    {
        var encoders = new List<Encoder>();
        try
        {
            foreach (var part in parts) encoders.Add(part.Read());
            using var joint = JointEncoder.Of(encoders);
            encoders.Clear();
            Write(joint, string.Join(" beside ", parts.Select(part => part.Name)), parts, folder);
        }
        finally
        {
            foreach (var encoder in encoders) encoder.Dispose();
        }
    }

    /// <summary>An encoder that sees mirror images, too, in a folder as of <see cref="Join"/> (<see cref="SymmetricEncoder"/>).</summary>
    /// <param name="upsideDown">Whether it sees images upside down, too.</param>
    /// <exception cref="ArgumentException">It sees mirror images already.</exception>
    public static void Mirror(StartingPoint part, bool upsideDown, string folder)
    {
        using var whole = part.Read();
        using var symmetric = new SymmetricEncoder(whole, upsideDown);
        Write(symmetric, $"{part.Name} mirrored{(upsideDown ? " and upside down" : "")}", [part], folder);
    }

    /// <summary>
    /// An encoder whose vector holds its last stages side by side, in a folder as of <see cref="Join"/> (<see cref="StagesEncoder"/>).
    /// </summary>
    /// <param name="from">The first of them; null for what suits weights that were trained on photographs.</param>
    /// <exception cref="ArgumentException">It has no such stages.</exception>
    public static void Stages(StartingPoint part, int? from, string folder)
    {
        using var whole = part.Read();
        from ??= StagesEncoder.Suited(whole);
        using var stages = new StagesEncoder(whole, from ?? 1);
        Write(stages, $"{part.Name}, stages from {from}", [part], folder);
    }

    private static void Write(Encoder made, string name, IReadOnlyList<StartingPoint> parts, string folder)
    {
        Directory.CreateDirectory(folder);
        var source = string.Join(", ", parts.Select(part => $"{part.Path} (sha256 {part.Sha256})"));
        var trained = parts.Select(part => part.TrainedOn).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        var description = new Description(name, made.Options.Describe(made.Input), source, "", "",
            trained.Contains(ImageNet) ? ImageNet : string.Join("; ", trained));
        AtomicFile.Write(Path.Combine(folder, FileName), JsonSerializer.Serialize(description, Json) + "\n");
        EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), made);
    }

    private void Check(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        var sum = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (sum != Sha256)
            throw new StartException($"{Package.Entry} of {Package.Id} {Package.Version} has the SHA-256 sum {sum}, expected {Sha256}: "
                + "the package on this machine or its source was changed. Delete it from the NuGet packages folder and try again.");
    }

    private sealed record Description(string Name, string Network, string Source, string Sha256, string Licence, string TrainedOn);
}

/// <summary>A start can't be had; the message says why and what to do.</summary>
public sealed class StartException(string message, Exception? cause = null) : Exception(message, cause);
