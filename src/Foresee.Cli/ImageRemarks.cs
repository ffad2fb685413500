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
    /// <param name="window">Through which they were read.</param>
    public static void SixteenBit(Terminal terminal, int count, int of, LevelWindow window)
    {
        var how = window == LevelWindow.Whole
            ? "65535 becoming 255; where they use a small part of that range, pretrain with --recipe folder, which measures it"
            : $"values of {window} becoming 0 to 255, as measured before pretraining";
        if (count > 0) terminal.Line($"{count} of {of} images have 16 bits per channel and were read as 8, {how}");
    }
}
