using System.Security.Cryptography;

namespace Foresee.Cli;

/// <summary>A token in a file of its own: on a command line or in a variable other users of the machine could read it.</summary>
internal static class TokenFile
{
    private const int Bytes = 32;

    /// <summary>The first line; a new one, that only the owner can read, where there is no file.</summary>
    public static string ReadOrMake(string path, Terminal terminal)
    {
        if (!File.Exists(path))
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var writer = new StreamWriter(path, options))
                writer.WriteLine(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes)));
            terminal.Line($"made the token {path}; the page asks for its line, and programs send it as 'Authorization: Bearer TOKEN'");
        }
        else if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0)
            terminal.Warn($"others on this machine can read {path}; chmod 600 keeps it to yourself.");
        var token = File.ReadLines(path).FirstOrDefault()?.Trim();
        return string.IsNullOrEmpty(token) ? throw new UsageException($"The first line of {path} holds no token; delete the file, and a new one is made.")
            : token;
    }
}
