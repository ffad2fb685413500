using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;

namespace Foresee.Cli;

/// <summary>All commands, and what is the same for each: usage faults, errors, exit codes.</summary>
internal static class CommandLine
{
    /// <summary>
    /// A plain command instead of a RootCommand, whose name would be the file's, Foresee.Cli, instead of what people type.
    /// </summary>
    public static Command Root(Terminal terminal)
    {
        var root = new Command(Launcher.Program,
            "Learns to recognise images from few labels: pretrains on images without labels, then tells how far few labels go.")
        {
            DemoCommand.Create(terminal),
            LookCommand.Create(terminal),
            ServeCommand.Create(terminal),
            PretrainCommand.Create(terminal),
            FitCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            CompareCommand.Create(terminal),
            AblationCommand.Create(terminal),
            AdaptCommand.Create(terminal),
            FewShotCommand.Create(terminal),
            RankCommand.Create(terminal),
            LayersCommand.Create(terminal),
            AffinityCommand.Create(terminal),
            MultiTaskCommand.Create(terminal),
            EmbedCommand.Create(terminal),
            PredictCommand.Create(terminal),
            DetectCommand.Create(terminal),
            SuggestCommand.Create(terminal),
            ReportCommand.Create(terminal),
            ExportCommand.Create(terminal),
            InspectCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            DataCommand.Create(terminal),
            StartCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            new HelpOption { Action = new HelpWithExample() },
            new VersionOption(),
        };
        root.SetAction(parsed => new HelpWithExample().Invoke(parsed)); // no command: what could be asked for
        return root;
    }

    public static int Run(string[] arguments, Terminal terminal) =>
        Completion.Asked(arguments) ? Completion.Answer(Root(terminal), arguments, terminal.Out)
            : Run(Root(terminal), EarlierNames.Renew(arguments, terminal), terminal);

    /// <summary>For programs with other commands, such as the benchmarks.</summary>
    public static int Run(Command root, string[] arguments, Terminal terminal)
    {
        try
        {
            var parsed = root.Parse(arguments);
            if (parsed.Errors.Count > 0 && !ShowsHelp(parsed)) return Refuse(parsed, terminal);
            // other programs know by themselves what several processes may do
            if (root.Name == Launcher.Program && !ShowsHelp(parsed)) Ranks.Check([.. Path(parsed.CommandResult.Command).Skip(1)]);
            terminal.Now("loading the program"); // libtorch from a slow disk
            return parsed.Invoke(new() { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception error)
        {
            return Fault.Report(error, terminal);
        }
        finally
        {
            terminal.Rest();
        }
    }

    private static bool ShowsHelp(ParseResult parsed) => parsed.Action is HelpAction or HelpWithExample;

    private static int Refuse(ParseResult parsed, Terminal terminal)
    {
        foreach (var message in parsed.Errors.Select(error => Explain(error, parsed)).Distinct())
            terminal.Error.WriteLine($"error: {Shell.Escape(message)}");
        var command = parsed.CommandResult.Command;
        var path = Path(command).Skip(1);
        terminal.Error.WriteLine($"{Launcher.Command(parsed.RootCommandResult.Command, [.. path, "--help"])} "
            + $"{(path.Any() ? "shows what it takes." : "shows what there is.")}");
        return ExitCode.Usage;
    }

    /// <summary>"foresee", "data", "get".</summary>
    private static IEnumerable<string> Path(Symbol command) => command.Parents.OfType<Command>().SelectMany(Path).Append(command.Name);

    /// <summary>The parser's words, and the nearest known word where one was mistyped.</summary>
    private static string Explain(ParseError error, ParseResult parsed)
    {
        if (error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: { } lacking } && lacking.Arity.MinimumNumberOfValues > 0)
            return $"{lacking.Name} is missing: {lacking.Description}";
        var typed = parsed.UnmatchedTokens.FirstOrDefault(token => error.Message.Contains($"'{token}'", StringComparison.Ordinal));
        if (typed is null) return error.Message;
        var command = parsed.CommandResult.Command;
        var known = typed.StartsWith('-') ? command.Options.Select(option => option.Name)
            : command.Subcommands.Select(child => child.Name);
        return $"Unknown {(typed.StartsWith('-') ? "option" : command.Subcommands.Count > 0 ? "command" : "argument")} "
            + $"'{typed}'{Dial.Suggest(typed, known)}";
    }
}
