using System.CommandLine;

namespace Foresee.Cli;

/// <summary>foresee completion: a script by which a shell completes commands and options.</summary>
internal static class CompletionCommand
{
    public static Command Create(Terminal terminal)
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or powershell" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "powershell");
        var command = new Command("completion", "Prints a script that completes commands and options in a shell") { shell };
        command.SetAction(parsed =>
        {
            terminal.Out.Write(Script(parsed.GetValue(shell)!));
            return ExitCode.Success;
        });
        return command;
    }

    private static string Script(string shell)
    {
        var name = $"Foresee.Cli.foresee.{(shell == "powershell" ? "ps1" : shell)}";
        using var reader = new StreamReader(typeof(CompletionCommand).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
