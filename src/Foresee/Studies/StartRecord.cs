using System.Text.Json;
using Foresee.Torch.Files;

namespace Foresee.Studies;

/// <summary>compared.json: what a start of a comparison has cost so far, so that a comparison that goes on knows it.</summary>
/// <param name="Command">The line that measured it last, and with which program on which machine.</param>
internal sealed record StartRecord(string Command, string? Commit, string Machine)
{
    public const string FileName = "compared.json";

    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Seen in pretraining, repeats counted; null until it has ended.</summary>
    public long? Images { get; init; }

    public double PretrainSeconds { get; init; }
    public double EvaluationSeconds { get; init; }
    public long PeakMib { get; init; }

    /// <summary>A forward pass of an image, by which fine-tuning is estimated; null where that was not asked for.</summary>
    public double? ForwardSeconds { get; init; }

    /// <summary>Null where there is none, or none that can be read.</summary>
    public static StartRecord? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<StartRecord>(File.ReadAllText(path), Json) : null;
        }
        catch (JsonException)
        {
            return null; // costs are counted anew
        }
    }

    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");
}
