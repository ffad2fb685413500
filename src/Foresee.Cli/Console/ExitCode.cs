namespace Foresee.Cli;

/// <summary>What the program returns to the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The run failed, or was interrupted before its end.</summary>
    public const int Failed = 1;

    /// <summary>The command line can't be understood.</summary>
    public const int Usage = 2;

    /// <summary>Done, but for images that can't be read: they are named, and have a row that says why.</summary>
    public const int Incomplete = 3;
}
