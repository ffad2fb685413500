using System.CommandLine;

namespace Foresee.Cli;

/// <summary>How the program was started, so that the commands it prints can be typed where they are read.</summary>
internal static class Launcher
{
    /// <summary>What the root of the parser is called.</summary>
    public const string Program = "foresee";
    private const string Usual = "./" + Program;

    /// <summary>The launcher tells how it was typed by a variable, because it starts another program.</summary>
    private static readonly string? typed = Environment.GetEnvironmentVariable("FORESEE_LAUNCHER") is { Length: > 0 } name
        ? Shell.Quote(name) : Tool(Environment.ProcessPath);

    /// <summary>
    /// A dotnet tool starts as a program foresee of its own: by its name where a shell finds it, else by its path. Null for any other.
    /// </summary>
    internal static string? Tool(string? process)
    {
        if (process is null || Path.GetFileNameWithoutExtension(process) != Program) return null;
        var places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return places.Contains(Path.GetDirectoryName(process)) ? Program : Shell.Quote(process);
    }

    /// <summary>As typed.</summary>
    public static string Name => typed ?? Usual;

    /// <summary>A command of this program that a shell reads as it is meant.</summary>
    public static string Command(params IEnumerable<string> words) => Line(Name, words);

    /// <summary>A command of the program that a parser belongs to: this one, or another with a launcher named as its root.</summary>
    public static string Command(Command root, params IEnumerable<string> words) =>
        Line(root.Name == Program ? Name : $"./{root.Name}", words);

    private static string Line(string launcher, IEnumerable<string> words) =>
        string.Join(' ', words.Select(Shell.Quote).Prepend(launcher));

    /// <summary>Words of the library, which knows the launcher by its usual name alone.</summary>
    public static string AsTyped(string text) => typed is null ? text : text.Replace(Usual + " ", typed + " ", StringComparison.Ordinal);
}
