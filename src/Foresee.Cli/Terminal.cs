using Spectre.Console;

namespace Foresee.Cli;

/// <summary>Where a command writes. Live: lines may be redrawn; otherwise plain lines only.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool live)
{
    private IAnsiConsole? console;

    public TextWriter Out => output;
    public TextWriter Error => error;
    public bool Live => live;

    /// <summary>Tables and bars; made on first use, because a plain command need not load the library.</summary>
    public IAnsiConsole Console => console ??= CreateConsole();

    public static Terminal OfProcess() => new(System.Console.Out, System.Console.Error,
        live: !System.Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb"));

    /// <summary>A line that stays, above whatever is being redrawn.</summary>
    public void Line(string text = "")
    {
        if (live) Console.WriteLine(text);
        else output.WriteLine(text);
    }

    public void Warn(string text)
    {
        if (live) Console.MarkupLineInterpolated($"[yellow]warning:[/] {text}");
        else error.WriteLine($"warning: {text}");
    }

    private IAnsiConsole CreateConsole()
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) };
        if (!live) (settings.Ansi, settings.ColorSystem, settings.Interactive) = (AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No);
        var made = AnsiConsole.Create(settings);
        if (!live) made.Profile.Width = 160; // a file has no width; tables must not wrap
        return made;
    }
}
