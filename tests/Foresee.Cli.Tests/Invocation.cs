using System.Diagnostics;

namespace Foresee.Cli.Tests;

/// <summary>A command and what came of it.</summary>
internal sealed record Invocation(int Code, string Out, string Error)
{
    /// <summary>Runs of tests are short; that this is told has a test of its own.</summary>
    public string ErrorBesidesBudget => string.Concat(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith("warning: the budget is ", StringComparison.Ordinal)).Select(line => line + "\n"));

    /// <summary>In this process: quick, for what needs no machine.</summary>
    public static Invocation Here(params string[] arguments) => Given("", arguments);

    /// <summary>The same, with something on standard input.</summary>
    public static Invocation Given(string input, params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        var code = CommandLine.Run(arguments, new Terminal(output, error, live: false) { In = new StringReader(input) });
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>The real program, as a shell would start it.</summary>
    public static Invocation Program(params string[] arguments) =>
        Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. arguments]);

    public static Invocation Start(string file, IEnumerable<string> arguments, params (string Name, string? Value)[] environment)
    {
        using var process = Begin(file, arguments, environment);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }

    /// <summary>The real program, which goes on beside the test.</summary>
    public static Process BeginProgram(string[] arguments, params (string Name, string? Value)[] environment) =>
        Begin("dotnet", [Path.Combine(AppContext.BaseDirectory, "Foresee.Cli.dll"), .. arguments], environment);

    private static Process Begin(string file, IEnumerable<string> arguments, (string Name, string? Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>The folder of the checkout.</summary>
    public static string Checkout()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Foresee.slnx")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"No Foresee.slnx above {AppContext.BaseDirectory}; run the tests inside the "
                + $"checkout.");
        return folder;
    }
}
