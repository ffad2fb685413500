using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Foresee.Torch.Files;

namespace Foresee.Reports;

/// <summary>run.json: everything needed to run the same again, written when a run starts.</summary>
public sealed record RunDescription
{
    /// <summary>Raised when a field changes its meaning, so that an old program refuses a new file instead of misreading it.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The first, whose options have older names.</summary>
    private const int OldFormat = 1;

    public const string FileName = "run.json";

    public int Format { get; init; } = CurrentFormat;

    /// <summary>As typed, for instance "./foresee pretrain fashion-mnist --recipe fashion-mnist --out runs/a".</summary>
    public required string Command { get; init; }

    public required string Recipe { get; init; }

    /// <summary>All options of the run; made by <see cref="OptionsOf{T}"/>.</summary>
    public required JsonElement Options { get; init; }

    /// <summary>What is seeded -> seed, for instance "run" -> 0.</summary>
    public required IReadOnlyDictionary<string, long> Seeds { get; init; }

    public required DataIdentity Data { get; init; }

    /// <summary>The git commit of the program, with "+changes" when the working tree had any; null outside a repository.</summary>
    public string? Commit { get; init; }

    public required SoftwareVersions Versions { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>For instance "cpu, bf16 multiplications with f32 weights".</summary>
    public string? Precision { get; init; }

    /// <summary>What a reader of its numbers must know, such as what its images gave no meaning to; null for nothing.</summary>
    public IReadOnlyList<string>? Remarks { get; init; }

    public required DateTimeOffset Started { get; init; }

    private static readonly JsonSerializerOptions optionNames = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Any serialisable record as JSON; without <paramref name="type"/> by reflection, which costs some 50 ms once.</summary>
    public static JsonElement OptionsOf<T>(T options, JsonTypeInfo<T>? type = null) => type is null
        ? JsonSerializer.SerializeToElement(options, optionNames)
        : JsonSerializer.SerializeToElement(options, type);

    /// <summary>What <see cref="OptionsOf{T}"/> was given.</summary>
    public static T FromOptions<T>(JsonElement options) => options.Deserialize<T>(optionNames)
        ?? throw new JsonException("the options are null");

    /// <summary>The options as the record they were made from.</summary>
    public T ReadOptions<T>(JsonTypeInfo<T>? type = null)
    {
        try
        {
            var read = type is null ? Options.Deserialize<T>(optionNames) : Options.Deserialize(type);
            return read ?? throw new JsonException("the options are null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"The options in {FileName} of recipe '{Recipe}' should read as {typeof(T).Name}, but: {e.Message} "
                + $"The run was started by Foresee {Versions.Foresee}; go on with that version, or start a new run.", e);
        }
    }

    public void Write(string path) => AtomicFile.Write(path, JsonSerializer.Serialize(this, ReportJson.Indented.RunDescription) + "\n");

    public static RunDescription Read(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' should describe a run, but there is no such file; give the folder that pretrain "
                + "wrote (--out).", path);
        try
        {
            // The format comes first: a file of a later Foresee may lack a field that this one requires.
            var text = File.ReadAllText(path);
            using (var document = JsonDocument.Parse(text)) CheckFormat(document.RootElement, path);
            return JsonSerializer.Deserialize(text, ReportJson.Default.RunDescription) ?? throw new JsonException("it holds null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"'{path}' should be the JSON that pretrain writes, but: {e.Message} Restore it from a copy, or start a new run.", e);
        }
    }

    private static void CheckFormat(JsonElement root, string path)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new JsonException($"it holds {root.ValueKind} where an object should be.");
        var format = root.TryGetProperty("format", out var value) && value.TryGetInt32(out var number) ? number : 0;
        if (format is not (OldFormat or CurrentFormat))
            throw new InvalidDataException($"'{path}' has format {format}, this Foresee reads formats {OldFormat} and {CurrentFormat}; use "
                + "the version that wrote it.");
    }
}

/// <summary>Which data, by content and not by name alone.</summary>
/// <param name="Hash">Of the source, as it computes it (says which kind it is).</param>
public sealed record DataIdentity(string Name, string Hash, long Images);

/// <param name="Libtorch">For instance "1.13.1".</param>
/// <param name="Blas">For instance "OpenBLAS 0.3.21, 2 threads".</param>
public sealed record SoftwareVersions(string Foresee, string DotNet, string Libtorch, string Blas)
{
    /// <summary>This Foresee on this .NET; libtorch and its BLAS as the engine tells them.</summary>
    public static SoftwareVersions Current(string libtorch, string blas) => new(
        typeof(SoftwareVersions).Assembly.GetName().Version?.ToString(3) ?? "unknown", Environment.Version.ToString(), libtorch, blas);
}
