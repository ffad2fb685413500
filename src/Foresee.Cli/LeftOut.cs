using Foresee.Images;

namespace Foresee.Cli;

/// <summary>Images that can't be read, named on the terminal.</summary>
internal static class LeftOut
{
    private const int MostNamed = 20; // a folder full of something else must not flood the screen

    public static void Name(Terminal terminal, IReadOnlyList<SkippedImage> skipped)
    {
        foreach (var image in skipped.Take(MostNamed)) terminal.Warn($"left out {image.File}: {image.Reason}");
        if (skipped.Count > MostNamed) terminal.Warn($"and {skipped.Count - MostNamed:N0} more");
    }
}
