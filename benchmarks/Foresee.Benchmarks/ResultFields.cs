using System.Text.Json.Nodes;
using Foresee.Cli;
using Foresee.Reports;

namespace Foresee.Benchmarks;

/// <summary>
/// The fields of --json: where it was measured, then the fields of the one benchmark asked for; of several, a list under "benchmarks".
/// </summary>
internal static class ResultFields
{
    public static JsonObject Of(
        string command, string? peers, int threads, string precision, IReadOnlyList<BenchmarkResult> results, StartupTimes? startup)
    {
        var fields = new JsonObject
        {
            ["command"] = command,
            ["commit"] = Commit.Read(),
            ["machine"] = Machine.Read().ToString(),
            ["threads"] = threads,
            ["precision"] = precision,
            ["peer"] = peers,
        };
        List<JsonObject> parts = [.. results.Select(JsonFile.Fields)];
        if (startup is not null) parts.Add(JsonFile.Fields(startup));
        if (parts.Count > 1) fields["benchmarks"] = new JsonArray([.. parts]);
        else
            foreach (var (name, value) in parts[0]) fields[name] = value?.DeepClone();
        return fields;
    }
}
