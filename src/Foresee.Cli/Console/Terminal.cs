using Spectre.Console;
using Spectre.Console.Rendering;

namespace Foresee.Cli;

/// <summary>Where a command writes. Live: lines may be redrawn; otherwise plain lines only.</summary>
/// <param name="time">When lines are due; null for the system's.</param>
internal sealed class Terminal(TextWriter output, TextWriter error, bool live, bool colourfulErrors = false, TimeProvider? time = null)
{
    private readonly Lock gate = new();
    private IAnsiConsole? console;
    private Heartbeat? heartbeat;

    public TextWriter Out => output;
    public TextWriter Error => error;
    public bool Live => live;

    /// <summary>What a command reads where a line names -.</summary>
    public TextReader In { get; init; } = System.Console.In;

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
        else Write(text);
        heartbeat?.Said();
    }

    private void Write(string text)
    {
        lock (gate) output.WriteLine(Shell.Escape(text));
    }

    /// <summary>What is being done from now on: off a terminal it is said when 10 seconds pass without a line.</summary>
    public void Now(string work) => Beating?.Now(work);

    /// <summary>As <see cref="Now"/>, with a line that is made when it is said.</summary>
    public void Show(Func<string> line) => Beating?.Show(line);

    private Heartbeat? Beating => live ? null : heartbeat ??= new(Write, time ?? TimeProvider.System);

    /// <summary>The command is done; nothing more is said by the clock.</summary>
    public void Rest()
    {
        heartbeat?.Dispose();
        heartbeat = null;
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
