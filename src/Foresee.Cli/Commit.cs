using System.Diagnostics;

namespace Foresee.Cli;

/// <summary>Which state of the program made a result.</summary>
internal static class Commit
{
    /// <summary>
    /// Git's commit of the checkout that this program was built in, with "+changes" when files differ; null outside one.
    /// </summary>
    public static string? Read()
    {
        if (Git("rev-parse", "HEAD") is not { Length: > 0 } commit) return null;
        return Git("status", "--porcelain", "--untracked-files=no") is { Length: 0 } ? commit : commit + "+changes";
    }

    private static string? Git(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            _ = git.StandardError.ReadToEndAsync();
            var output = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return git.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no git here
        }
    }
}
