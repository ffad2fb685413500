using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Foresee.Inference;

namespace Foresee.Cli;

/// <summary>A prediction as a line of text: for people, of CSV or of JSON. An image that can't be read has one with its reason.</summary>
/// <param name="Top">Classes to tell; null for the usual number.</param>
/// <param name="Coverage">Of the set of classes; null for none.</param>
internal sealed record PredictionRows(ModelDescription Model, int? Top, double? Coverage)
{
    private const string CsvEnding = ".csv", LinesEnding = ".jsonl";
    private const int UsualInFile = 5;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private int InFile => Math.Min(Top ?? UsualInFile, Model.Classes.Count);

    /// <exception cref="UsageException">The file's ending is neither.</exception>
    public static void CheckEnding(FileInfo? file)
    {
        if (file is null || OutputFolder.IsDevice(file) || IsLines(file)) return;
        if (!file.Extension.Equals(CsvEnding, StringComparison.OrdinalIgnoreCase))
            throw new UsageException($"--out {file} ends neither in {CsvEnding} nor in {LinesEnding}; the ending says what is written.");
    }

    public static bool IsLines(FileInfo file) => file.Extension.Equals(LinesEnding, StringComparison.OrdinalIgnoreCase);

    /// <summary>"photo.jpg: cat 97.1 %".</summary>
    public string Plain(FileResult<Prediction> result)
    {
        if (result.Value is not { } prediction) return $"{result.Name}: can't be read: {result.Reason}";
        var classes = prediction.Classes.Take(Top ?? 1)
            .Select(named => string.Create(CultureInfo.InvariantCulture, $"{named.Class} {100 * named.Probability:0.0} %"));
        var set = Coverage is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"; {100 * share:0.##} % set: ")
                + (prediction.Set(share) is { Count: > 0 } names ? string.Join(", ", names) : "none")
            : "";
        return $"{result.Name}: {string.Join(", ", classes)}{set}{(prediction.OutOfPlace == true ? "; out of place" : "")}";
    }

    /// <summary>path,class,probability,class_2,probability_2,...,out_of_place,distance,set,error</summary>
    public string CsvHeader()
    {
        var classes = Enumerable.Range(1, InFile).SelectMany(rank => rank == 1 ? new[] { "class", "probability" }
            : [$"class_{rank}", $"probability_{rank}"]);
        return string.Join(',', ["path", .. classes, "out_of_place", "distance", .. Coverage is null ? Array.Empty<string>() : ["set"], "error"]);
    }

    public string Csv(FileResult<Prediction> result)
    {
        var fields = new List<string> { result.Name };
        for (var rank = 0; rank < InFile; rank++)
        {
            var named = result.Value?.Classes[rank];
            fields.Add(named?.Class ?? "");
            fields.Add(named is null ? "" : Number(named.Probability));
        }
        fields.Add(result.Value?.OutOfPlace switch { true => "true", false => "false", null => "" });
        fields.Add(result.Value?.Distance is { } distance ? Number(distance) : "");
        if (Coverage is { } share) fields.Add(result.Value is { } prediction ? Names(prediction.Set(share)) : "");
        fields.Add(result.Reason ?? "");
        return string.Join(',', fields.Select(Quoted));
    }

    /// <summary>A JSON object in one line.</summary>
    public string Json(FileResult<Prediction> result)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("path", result.Name);
            if (result.Value is { } prediction) Write(json, prediction);
            else json.WriteString("error", result.Reason);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private void Write(Utf8JsonWriter json, Prediction prediction)
    {
        json.WriteStartArray("classes");
        foreach (var (name, probability) in prediction.Classes.Take(InFile))
        {
            json.WriteStartObject();
            json.WriteString("class", name);
            json.WriteNumber("probability", Math.Round(probability, 6));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (prediction is { OutOfPlace: { } outOfPlace, Distance: { } distance })
        {
            json.WriteBoolean("out_of_place", outOfPlace);
            json.WriteNumber("distance", Math.Round(distance, 6));
        }
        if (Coverage is { } share)
        {
            json.WriteStartArray("set");
            foreach (var name in prediction.Set(share)) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        json.WriteStartArray("nearest");
        foreach (var near in prediction.Nearest)
        {
            json.WriteStartObject();
            json.WriteString("image", near.Name);
            json.WriteString("label", near.Label);
            json.WriteNumber("similarity", Math.Round(near.Similarity, 6));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>A JSON array: names may hold anything.</summary>
    private static string Names(IReadOnlyList<string> names)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartArray();
            foreach (var name in names) json.WriteStringValue(name);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 && field.Trim().Length == field.Length ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
