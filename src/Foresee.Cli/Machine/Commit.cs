using System.Diagnostics;
using System.Reflection;

namespace Foresee.Cli;

/// <summary>Which state of the program made a result.</summary>
internal static class Commit
{
    /// <summary>
    /// Git's commit of the checkout that this program was built in, with "+changes" when files differ; outside one, the commit
    /// that it was packed from.
    /// </summary>
    public static string? Read()
    {
        // A tool may be installed in somebody else's checkout.
        if (Git("rev-parse", "--show-toplevel") is not { } top || !File.Exists(Path.Combine(top, "Foresee.slnx"))) return Packed();
        if (Git("rev-parse", "HEAD") is not { Length: > 0 } commit) return null;
        return Git("status", "--porcelain", "--untracked-files=no") is { Length: 0 } ? commit : commit + "+changes";
    }

    /// <summary>Behind the plus of "0.1.0+28d42e9...".</summary>
    private static string? Packed()
    {
        var version = typeof(Commit).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        return version?.Split('+') is [_, var commit] ? commit : null;
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
