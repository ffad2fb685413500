using System.Text.Json;
using Foresee.Torch.Files;

namespace Foresee.Fitting;

/// <summary>
/// What was decided by the clock, each once: a line that goes on after it was stopped decides nothing anew, and so ends as it would have.
/// Another line (other labels, seed or minutes) plans anew.
/// </summary>
internal sealed class FitPlan
{
    /// <param name="Line">What the plan belongs to.</param>
    private sealed record Content(string Line, Dictionary<string, double> Decided);

    private static readonly JsonSerializerOptions Json =
        new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string path;
    private readonly Content content;
    private readonly Lock gate = new();

    private FitPlan(string path, Content content, bool isNew) => (this.path, this.content, IsNew) = (path, content, isNew);

    /// <summary>Nothing of this line was there.</summary>
    public bool IsNew { get; }

    public static FitPlan Open(string path, string line)
    {
        try
        {
            if (File.Exists(path) && JsonSerializer.Deserialize<Content>(File.ReadAllText(path), Json) is { } found && found.Line == line)
                return new(path, found, isNew: false);
        }
        catch (JsonException)
        {
            // it is planned anew
        }
        return new(path, new(line, []), isNew: true);
    }

    /// <summary>What was decided, or is decided now.</summary>
    public double Once(string what, Func<double> decide)
    {
        lock (gate)
        {
            if (content.Decided.TryGetValue(what, out var known)) return known;
            var decided = decide();
            content.Decided[what] = decided;
            AtomicFile.Write(path, JsonSerializer.Serialize(content, Json) + "\n");
            return decided;
        }
    }

    public bool Has(string what)
    {
        lock (gate) return content.Decided.ContainsKey(what);
    }
}
