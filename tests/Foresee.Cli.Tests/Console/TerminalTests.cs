namespace Foresee.Cli.Tests;

public sealed class TerminalTests
{
    private readonly StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };

    [Fact]
    public void Warnings_go_to_stderr_on_a_terminal_too()
    {
        new Terminal(output, error, live: true).Warn("left out a\nb.png");
        Assert.Equal(("", "warning: left out a\\nb.png\n"), (output.ToString(), error.ToString()));
    }

    [Fact]
    public void Only_a_terminal_that_shows_colours_gets_them()
    {
        new Terminal(output, error, live: true, colourfulErrors: true).Warn("x");
        Assert.Equal("\u001b[33mwarning:\u001b[0m x\n", error.ToString());
    }

    [Fact]
    public void A_line_is_never_broken_so_that_a_command_in_it_can_be_copied()
    {
        var terminal = new Terminal(output, error, live: true);
        terminal.Console.Profile.Width = 80;
        var command = "next: ./foresee evaluate '" + string.Join(' ', Enumerable.Repeat("long name", 20)) + "'";
        terminal.Line(command);
        terminal.Line("plate\ntwo.png");
        Assert.Equal(command + "\nplate\\ntwo.png\n", output.ToString().ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Lines_said_while_a_bar_is_drawn_stay_above_it()
    {
        var terminal = new Terminal(output, error, live: true);
        ProgressBar.Show(terminal, show =>
        {
            show("reading [photos]", 1, 3);
            terminal.Line("linear, 10/class, draw 0: 77.0 %");
            show("reading [photos]", 3, 3);
            return 0;
        });
        Assert.Contains("linear, 10/class, draw 0: 77.0 %", output.ToString(), StringComparison.Ordinal);
        Assert.Empty(error.ToString());
    }
}
