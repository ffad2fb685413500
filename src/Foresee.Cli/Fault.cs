using System.Reflection;

namespace Foresee.Cli;

/// <summary>One clear line for what went wrong; FORESEE_TRACE=1 adds where.</summary>
internal static class Fault
{
    public static int Report(Exception error, Terminal terminal)
    {
        var cause = Cause(error);
        terminal.Error.WriteLine($"error: {Describe(cause)}");
        if (Environment.GetEnvironmentVariable("FORESEE_TRACE") == "1") terminal.Error.WriteLine(error);
        return cause is UsageException ? ExitCode.Usage : ExitCode.Failed;
    }

    /// <summary>What other exceptions only carry.</summary>
    public static Exception Cause(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => Cause(inner),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        TargetInvocationException { InnerException: { } inner } => Cause(inner),
        _ => error,
    };

    private const int NoSpaceLeft = 28; // ENOSPC

    private static string Describe(Exception error) => error switch
    {
        OperationCanceledException => "stopped; what was finished is kept.",
        DllNotFoundException => $"The native part can't be loaded: {FirstLine(error.Message)} ./foresee doctor says what is missing.",
        IOException { HResult: NoSpaceLeft } => $"The disk is full: {OneLine(error.Message)} Free some space, then start again.",
        UnauthorizedAccessException => $"{OneLine(error.Message)} Choose another place, or change its permissions.",
        OutOfMemoryException => "Out of memory; use a smaller batch or smaller images.",
        _ => OneLine(error.Message),
    };

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();

    private static string OneLine(string text) => string.Join(' ', text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
