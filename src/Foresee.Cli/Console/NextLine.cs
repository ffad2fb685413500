using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;

namespace Foresee.Cli;

/// <summary>The command that comes next: pretrain, evaluate, embed, inspect. Printed so that a shell takes it as it stands.</summary>
internal static class NextLine
{
    /// <summary>Stands in a line where only the reader knows what belongs there.</summary>
    private const string Labelled = "LABELLED", OwnImages = "YOUR-IMAGES";

    /// <summary>After pretrain: measure on the first of these that has classes, with as many labels as its smallest class has.</summary>
    /// <param name="unreadable">Images that may be missing in any class.</param>
    public static NextCommand Evaluate(string run, IEnumerable<string> images, int unreadable) => new(
        Launcher.Command(["evaluate", Shell.Path(run),
            .. images.Select(name => Measured(name, unreadable)).FirstOrDefault(words => words is not null)
            ?? [Labelled, "--protocol", "linear", "--labels", "10/class,25/class"], // no classes, which pretraining does not need
            "--draws", "3", "--out", Shell.Path(Path.Combine(run, "evaluation"))]), "See how far few labels go");

    private static string[]? Measured(string images, int unreadable)
    {
        try
        {
            var data = LabelledSources.Open(images);
            var smallest = data.Train.Counts().Min() - unreadable;
            if (data.Test is null) smallest = 5 * smallest / 6; // a sixth is held out for --validation
            string[] amounts = [.. new[] { 10, 25 }.Where(amount => amount <= smallest).Select(amount => $"{amount}/class")];
            var labels = amounts.Length > 0 ? string.Join(',', amounts) : "all";
            return [Shell.Path(images), "--protocol", "linear", "--labels", labels,
                .. data.Test is null ? ["--validation"] : Array.Empty<string>()];
        }
        catch (Exception error) when (error is ImageDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>After evaluate: the vectors of the images that the run learnt from, or of those measured where they are gone.</summary>
    /// <param name="encoder">As typed.</param>
    /// <param name="run">Null for an encoder from elsewhere.</param>
    /// <param name="output">Where the evaluation went.</param>
    public static NextCommand Embed(string encoder, string? run, string measured, string output)
    {
        var learnt = run is null ? measured : RunDescription.Read(Path.Combine(run, RunDescription.FileName)).Data.Name;
        var images = KnownData.IsThere(learnt) ? learnt : measured;
        var features = Path.Combine(run ?? output, "features.npy");
        return new(Launcher.Command("embed", Shell.Path(encoder), Shell.Path(images), "--out", Shell.Path(features)),
            "Get one vector per image, for other programs");
    }

    /// <summary>After suggest, once the images have their labels.</summary>
    /// <param name="run">To build on; null for a model or what is always tried.</param>
    public static NextCommand Suggested(string pool, string? labelled, string? run) => new(
        Launcher.Command(["fit", Shell.Path(pool), labelled is null ? Labelled : Shell.Path(labelled), "--out", "models/labelled",
            .. run is null ? Array.Empty<string>() : ["--starts", run]]), "Label them, each into the folder of its class, then make a classifier");

    /// <summary>After embed.</summary>
    public static NextCommand Inspect(string run) =>
        new(Launcher.Command("inspect", Shell.Path(run)), "See what the run is and what was measured");

    /// <summary>After demo: one's own images.</summary>
    public static IReadOnlyList<NextCommand> OfOwnImages { get; } =
    [
        new(Launcher.Command("pretrain", OwnImages, "--out", "runs/mine", "--minutes", "30"),
            "Pretrain on your own images, no labels needed"),
        new(Launcher.Command("evaluate", "runs/mine", Labelled, "--protocol", "linear,supervised", "--labels", "10/class,25/class",
            "--out", "runs/mine/evaluation"), "See how far few labels go on them"),
    ];

    /// <summary>Prints it, and what is to be put in place of a word that stands for something.</summary>
    public static void Tell(Terminal terminal, NextCommand next)
    {
        terminal.Line($"next: {next.Command}");
        if (next.Command.Contains($" {Labelled} ", StringComparison.Ordinal))
            terminal.Line($"(put in place of {Labelled} a folder with a folder of images per class; "
                + (next.Command.Contains(" evaluate ", StringComparison.Ordinal) ? "add --validation where it has no test/)"
                    : "each labelled image belongs into the folder of its class)"));
        if (next.Command.Contains($" {OwnImages} ", StringComparison.Ordinal))
            terminal.Line($"(put your own folder of images in place of {OwnImages}; no labels are needed)");
    }
}
