using System.CommandLine;
using System.Globalization;

namespace Foresee.Cli;

/// <summary>
/// What can come next in a command line that is being typed. A script of <see cref="CompletionCommand"/> asks by
/// `foresee '[suggest:POSITION]' LINE`, the directive of System.CommandLine, whose parser knows the answer.
/// </summary>
internal static class Completion
{
    private const string Directive = "[suggest";

    public static bool Asked(string[] arguments) => arguments is [var first, ..]
        && first.StartsWith(Directive, StringComparison.Ordinal) && first.EndsWith(']');

    /// <summary>One a line. Where there is none, files are meant, which a shell completes itself.</summary>
    public static int Answer(Command root, string[] arguments, TextWriter output)
    {
        var line = arguments.Length > 1 ? arguments[1] : "";
        var told = arguments[0][Directive.Length..^1].TrimStart(':');
        if (int.TryParse(told, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position < line.Length)
            line = line[..position];
        // Options are many; they come when a dash asks for them. /h and -? are the parser's other names of --help.
        var options = line.Split(' ')[^1].StartsWith('-');
        foreach (var item in root.Parse(line).GetCompletions())
            if (options ? item.Label.StartsWith("--", StringComparison.Ordinal) : item.Label[0] is not ('-' or '/'))
                output.Write(item.Label + "\n");
        return ExitCode.Success;
    }
}
