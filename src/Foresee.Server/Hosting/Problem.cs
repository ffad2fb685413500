using System.Text.Json.Serialization;

namespace Foresee.Server.Hosting;

/// <summary>
/// Why a request is refused: RFC 9457 problem details, with a code that stays the same whatever the words. It never tells of paths on
/// this machine.
/// </summary>
internal sealed class Problem : Exception
{
    public Problem() { }
    public Problem(string message) : base(message) { }
    public Problem(string message, Exception inner) : base(message, inner) { }

    /// <param name="detail">What was found, what was expected, what to do.</param>
    public Problem(int status, string code, string detail, Exception? inner = null) : base(detail, inner) =>
        (Status, Code) = (status, code);

    public int Status { get; } = StatusCodes.Status500InternalServerError;
    public string Code { get; } = "internal";

    /// <summary>When to try again.</summary>
    public int? RetrySeconds { get; init; }

    /// <summary>What else the answer says, such as each image's reason.</summary>
    public IReadOnlyDictionary<string, object?>? More { get; init; }
}

/// <summary>As it is written, application/problem+json.</summary>
/// <param name="Instance">The number of the request, which the server's messages have, too.</param>
internal sealed record ProblemFields(string Type, string Title, int Status, string Code, string Detail, string Instance)
{
    [JsonExtensionData]
    public IDictionary<string, object?>? More { get; init; }
}
