using System.Reflection;
using System.Text.Json.Serialization;

namespace Foresee.Evaluation;

/// <summary>The protocols in the list of <see cref="IProtocol"/>, with their usual options.</summary>
public static class KnownProtocols
{
    public static IReadOnlyList<IProtocol> All { get; } = [.. typeof(IProtocol).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .Select(kind => (IProtocol)Activator.CreateInstance(kind.DerivedType)!)];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(protocol => protocol.Name)];

    /// <summary>Name to title.</summary>
    public static IReadOnlyDictionary<string,
        string> Titles
    { get; } = All.ToDictionary(protocol => protocol.Name, protocol => protocol.Title);

    /// <summary>By its name or an older one; null where there is none.</summary>
    public static IProtocol? Find(string word) =>
        All.FirstOrDefault(protocol => protocol.Name == word || protocol.OlderNames.Contains(word));

    /// <summary>Today's name where the word is a protocol's; otherwise the word itself.</summary>
    public static string NameOf(string word) => Find(word)?.Name ?? word;
}
