using Foresee.Images;
using Foresee.Labels;

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

    /// <summary>Says what lies beside the images and is none of them, by ending and reason.</summary>
    public static void PassedOver(Terminal terminal, params IEnumerable<IImageSource> sources)
    {
        foreach (var item in sources.SelectMany(source => source.PassedOver).Distinct()) terminal.Warn($"passed over {item}");
    }

    /// <summary>Says that files hold more than what is read of them.</summary>
    public static void MorePictures(Terminal terminal, int count, int of)
    {
        if (count > 0)
            terminal.Warn($"{count} of {of} files hold several pictures, pages or frames, of which the first alone is read; save each as a "
                + "file of its own");
    }

    /// <summary>Names the classes with their images, so that one too many or too few is seen, and what looks like a slip.</summary>
    public static void Classes(Terminal terminal, LabelledImages train, LabelledImages? test)
    {
        var (counts, tested) = (train.Counts(), test?.Counts());
        var named = train.Classes.Take(MostNamed).Select((name, i) => $"{name} {counts[i]}{(tested is null ? "" : $" + {tested[i]}")}");
        terminal.Line($"{train.Classes.Length} classes, images{(test is null ? "" : " + test images")}: {string.Join(", ", named)}"
            + (train.Classes.Length > MostNamed ? $" and {train.Classes.Length - MostNamed} more" : ""));
        foreach (var alike in train.LookAlikes())
            terminal.Warn($"the classes {string.Join(" and ", alike.Select(name => $"'{name}'"))} look alike; if they are one, name them alike");
        foreach (var name in train.Empty)
            terminal.Warn($"the class folder '{name}' holds no image that can be used, so the class is not learnt");
        if (tested is null) return;
        var untested = train.Classes.Where((_, i) => tested[i] == 0 && counts[i] > 0).ToList();
        if (untested.Count > 0)
            terminal.Warn($"no test image of {(untested.Count == 1 ? "class" : "classes")} {string.Join(", ", untested.Take(MostNamed))}, "
                + $"so the accuracy says nothing about {(untested.Count == 1 ? "it" : "them")}");
    }

    /// <summary>Says that detail was lost, and where a remedy may lie.</summary>
    /// <param name="window">Through which they were read.</param>
    public static void SixteenBit(Terminal terminal, int count, int of, LevelWindow window)
    {
        var how = window == LevelWindow.Whole
            ? "65535 becoming 255; where they use a small part of that range, pretrain on a folder of 16-bit files alone with --recipe folder, "
                + "which measures it"
            : $"values of {window} becoming 0 to 255, as measured before pretraining";
        if (count > 0) terminal.Line($"{count} of {of} images have 16 bits per channel and were read as 8, {how}");
        if (count > 0 && count < of && window != LevelWindow.Whole)
            terminal.Warn("the other images have 8 bits and stay as they are; they are like those of 16 only where they were brought to 8 "
                + "through the same window");
    }
}
