using System.Diagnostics;
using System.Reflection;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>One clear line for what went wrong; FORESEE_TRACE=1 adds where.</summary>
internal static class Fault
{
    /// <summary>Errors of the system that a user can do something about; .NET hands on their numbers as HResult.</summary>
    private enum SystemError
    {
        InputOutput = 5,
        TooManyFilesInSystem = 23,
        TooManyFiles = 24,
        FileTooLarge = 27,
        NoSpaceLeft = 28,
        QuotaExceeded = 122,
    }

    /// <summary>A fault on any thread ends the program by the same line as one on the first.</summary>
    public static void CatchAll(Terminal terminal) =>
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
            Environment.Exit(Report((Exception)unhandled.ExceptionObject, terminal));

    /// <summary>Never throws: a reporter that fails would hide what it reports.</summary>
    public static int Report(Exception error, Terminal terminal)
    {
        var cause = Cause(error);
        try
        {
            terminal.Error.WriteLine($"error: {Shell.Escape(Launcher.AsTyped(Describe(cause)))}");
            if (Environment.GetEnvironmentVariable("FORESEE_TRACE") == "1") terminal.Error.WriteLine(error);
        }
        catch (Exception)
        {
            TellShortly(terminal);
        }
        return cause is UsageException ? ExitCode.Usage : ExitCode.Failed;
    }

    /// <summary>Without anything that has yet to be loaded: that may be what failed.</summary>
    private static void TellShortly(Terminal terminal)
    {
        try
        {
            terminal.Error.WriteLine("error: Foresee failed, and too few files or too little memory are left to say why. "
                + "Raise the limits (ulimit -n 1024, ulimit -v unlimited), then start again.");
        }
        catch (Exception) // nobody reads stderr
        {
        }
    }

    /// <summary>What other exceptions only carry.</summary>
    public static Exception Cause(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => Cause(inner),
        TypeInitializationException { InnerException: { } inner } => Cause(inner),
        TargetInvocationException { InnerException: { } inner } => Cause(inner),
        _ => error,
    };

    /// <summary>As a sentence in a table.</summary>
    public static string InWords(Exception error) => Launcher.AsTyped(Describe(Cause(error)));

    private static string Describe(Exception error) => error switch
    {
        OperationCanceledException => "stopped; what was finished is kept.",
        DllNotFoundException => $"The native part can't be loaded: {OfLoader(error.Message)}. ./foresee doctor says what is missing.",
        FileNotFoundException or FileLoadException or BadImageFormatException when IsOfAssembly(error) =>
            "A part of the program can't be loaded; build it anew (remove native/build/foresee.stamp), "
                + "or raise the limits (ulimit -n 1024, ulimit -v unlimited).",
        _ when IsOutOfMemory(error) => "Out of memory; use a smaller batch or smaller images, or allow the process more (ulimit -v).",
        IOException => OfSystem((SystemError)error.HResult, error.Message),
        ArgumentOutOfRangeException when IsFileTooLarge(error) => OfSystem(SystemError.FileTooLarge, "the system stopped a write."),
        UnauthorizedAccessException => $"{error.Message} Choose another place, or change its permissions.",
        UsageException or InvalidDataException => error.Message,
        ArgumentException { ParamName: { } name } when IsOurs(error) =>
            error.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        _ when IsOurs(error) => error.Message,
        _ => OfProgram(error),
    };

    private static string OfSystem(SystemError number, string message)
    {
        var told = message.TrimEnd('.');
        return number switch
        {
            SystemError.NoSpaceLeft => $"The disk is full: {told}. Free some space, then start again.",
            SystemError.QuotaExceeded => $"Your share of the disk is used up: {told}. Free some space, then start again.",
            SystemError.FileTooLarge =>
                $"A file may not become so large: {told}. Raise the limit (ulimit -f unlimited), or choose another disk.",
            SystemError.TooManyFiles or SystemError.TooManyFilesInSystem =>
                $"Too many files are open at once: {told}. Raise the limit (ulimit -n 1024), then start again.",
            SystemError.InputOutput => $"The disk can't be read or written: {told}. Check the disk, then start again.",
            _ => message,
        };
    }

    /// <summary>Nothing that a user did: the words of the exception would not help them.</summary>
    private static string OfProgram(Exception error)
    {
        var place = new StackTrace(error).GetFrames().Select(frame => frame.GetMethod()).FirstOrDefault(IsOurs);
        return $"Foresee met a fault of its own ({error.GetType().Name}{(place is null ? "" : $" in {NameOf(place)}")}). "
            + "What was written before is kept. Put FORESEE_TRACE=1 before the command to see where it happens, and report that.";
    }

    /// <summary>"Type.Method", of a lambda those that it stands in.</summary>
    private static string NameOf(MethodBase method)
    {
        var type = method.DeclaringType!;
        while (type.Name.StartsWith('<') && type.DeclaringType is { } outer) type = outer;
        var name = method.Name;
        return $"{type.Name}.{(name.StartsWith('<') ? name[1..name.IndexOf('>', StringComparison.Ordinal)] : name)}";
    }

    /// <summary>What .NET makes of EFBIG, without the number and without the file.</summary>
    private static bool IsFileTooLarge(Exception error) =>
        new StackTrace(error).GetFrame(0)?.GetMethod()?.DeclaringType?.Namespace is { } place
        && (place.StartsWith("System.IO", StringComparison.Ordinal) || place == "Microsoft.Win32.SafeHandles");

    private static bool IsOutOfMemory(Exception error) => error is OutOfMemoryException
        || (error is TorchException && new[] { "bad_alloc", "allocate memory", "not enough memory", "out of memory" }
            .Any(words => error.Message.Contains(words, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Thrown by Foresee itself, so in words for its users. A call that libtorch refused is not.</summary>
    private static bool IsOurs(Exception error) => error is not (TorchException or NullReferenceException or IndexOutOfRangeException
        or ArithmeticException or InvalidCastException) && IsOurs(new StackTrace(error).GetFrame(0)?.GetMethod());

    private static bool IsOurs(MethodBase? method) => method?.DeclaringType?.Namespace?.StartsWith(nameof(Foresee),
        StringComparison.Ordinal) == true;

    private static bool IsOfAssembly(Exception error) => error.Message.Contains("load file or assembly", StringComparison.Ordinal);

    /// <summary>Of the system's words for each place that was looked in, those for the place that has the file.</summary>
    internal static string OfLoader(string message)
    {
        var lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var reason = lines.Skip(1).FirstOrDefault(line => !line.Contains("No such file", StringComparison.Ordinal))
            ?? lines.ElementAtOrDefault(1) ?? lines[0];
        return reason.TrimEnd('.');
    }
}
