using System.Text.Json;
using System.Text.Json.Serialization;

namespace Foresee.Reports;

/// <summary>
/// How records look in Foresee's JSON files: snake_case names, absent values left out, NaN and infinities (a run that diverged)
/// as the strings "NaN", "Infinity", "-Infinity". Generated at compile time: reflection would cost a tenth of a second at start.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(MetricsEntry))]
[JsonSerializable(typeof(RunDescription))]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(Dictionary<string, Chart>), TypeInfoPropertyName = "Charts")]
internal sealed partial class ReportJson : JsonSerializerContext
{
    private static ReportJson? indented;

    /// <summary>For files that people read.</summary>
    public static ReportJson Indented => indented ??= new(new JsonSerializerOptions(Default.Options)
    {
        WriteIndented = true,
        NewLine = "\n"
    });
}
