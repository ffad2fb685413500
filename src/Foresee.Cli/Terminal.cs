using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foresee.Cli;

/// <summary>Where a command writes. Live: lines may be redrawn; otherwise plain lines only.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool live, bool colourfulErrors = false)
{
    private IAnsiConsole? console;

    public TextWriter Out => output;
    public TextWriter Error => error;
    public bool Live => live;

    /// <summary>Tables and bars; made on first use, because a plain command need not load the library.</summary>
    public IAnsiConsole Console => console ??= CreateConsole();

    public static Terminal OfProcess()
    {
        var capable = Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new(System.Console.Out, System.Console.Error,
            live: capable && !System.Console.IsOutputRedirected, colourfulErrors: capable && colours && !System.Console.IsErrorRedirected);
    }

    /// <summary>A line that stays, above whatever is being redrawn. It is never wrapped: what it shows can be copied.</summary>
    public void Line(string text = "")
    {
        if (live) Console.Write(new WholeLine(Shell.Escape(text)));
        else output.WriteLine(Shell.Escape(text));
    }

    public void Warn(string text) =>
        error.WriteLine($"{(colourfulErrors ? "\u001b[33mwarning:\u001b[0m" : "warning:")} {Shell.Escape(Launcher.AsTyped(text))}");

    /// <summary>For the reader at the screen, while something may be being redrawn.</summary>
    public void Notice(string text)
    {
        if (live) Line(text);
        else error.WriteLine(Shell.Escape(text));
    }

    private IAnsiConsole CreateConsole()
    {
        var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) };
        if (!live) (settings.Ansi, settings.ColorSystem, settings.Interactive) =
            (AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No);
        var made = AnsiConsole.Create(settings);
        if (!live) made.Profile.Width = 160; // a file has no width; tables must not wrap
        return made;
    }

    private sealed class WholeLine(string text) : Renderable
    {
        protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [new(text), Segment.LineBreak];
    }
}
