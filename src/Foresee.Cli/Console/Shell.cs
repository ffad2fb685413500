using System.Globalization;
using System.Text;

namespace Foresee.Cli;

/// <summary>Words as a POSIX shell reads them, and text that stays on its line.</summary>
internal static class Shell
{
    private const string Plain = "-_./,:%+=@";

    /// <summary>A word that a shell reads as it is.</summary>
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal))) return word;
        if (word.Any(IsHidden))
            return $"$'{Escape(word.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal))}'";
        return $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A path that no command takes for an option.</summary>
    public static string Path(string path) => path.StartsWith('-') ? "./" + path : path;

    /// <summary>
    /// The text on one line: line breaks, escape sequences and marks that turn the direction of writing are shown by their code.
    /// File names may hold them, and would otherwise break a list, colour a terminal or pass for another name.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsHidden)) return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
            _ = !IsHidden(c) ? escaped.Append(c) : c switch
            {
                '\n' => escaped.Append(@"\n"),
                '\r' => escaped.Append(@"\r"),
                '\t' => escaped.Append(@"\t"),
                _ => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            };
        return escaped.ToString();
    }

    public static bool IsHidden(char c) => char.IsControl(c)
        || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
