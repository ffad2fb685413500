using Foresee.Server.Hosting;

namespace Foresee.Server.Labelling;

/// <summary>Names of classes that are names of folders on every system.</summary>
internal static class ClassName
{
    private const int Longest = 80;

    public static bool IsFolder(string name) => name.Length is > 0 and <= Longest && name == name.Trim()
        && !name.StartsWith('.') && !name.EndsWith('.')
        && !name.Any(sign => char.IsControl(sign) || "/\\:*?\"<>|".Contains(sign, StringComparison.Ordinal));

    public static Problem Bad(string name) => new(422, "bad_class", $"A class is named by 1 to {Longest} characters, none of "
        + $"/ \\ : * ? \" < > |, no dot or space at either end, got '{(name.Length > Longest ? name[..Longest] : name)}'.");
}
