using Foresee.Images;

namespace Foresee.Cli;

/// <summary>What a user should know of the images that were read.</summary>
internal static class ImageRemarks
{
    private const int MostNamed = 20; // a folder full of something else must not flood the screen

    /// <summary>Names those that can't be read.</summary>
    public static void Skipped(Terminal terminal, IReadOnlyList<SkippedImage> skipped)
    {
        foreach (var image in skipped.Take(MostNamed)) terminal.Warn($"left out {image.File}: {image.Reason}");
        if (skipped.Count > MostNamed) terminal.Warn($"and {skipped.Count - MostNamed:N0} more");
    }

    /// <summary>Says that detail was lost, and where a remedy may lie.</summary>
    public static void SixteenBit(Terminal terminal, int count, int of)
    {
        if (count > 0) terminal.Line($"{count} of {of} images have 16 bits per channel and were read as 8, 65535 becoming 255; where they use a small part of that range, stretch it before");
    }
}
