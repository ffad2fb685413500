using System.CommandLine;
using System.Globalization;
using Foresee.DataSets;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch.Files;

namespace Foresee.Cli;

/// <summary>foresee data check: images that occur more than once, within and between training, test and unlabelled images.</summary>
internal static class DataCheckCommand
{
    private const int MostNamed = 20; // as many as a screen holds; the file has all

    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var test = new Option<string?>("--test") { Description = "test images, where LABELLED has none of its own", HelpName = "folder" };
        var output = new Option<string?>("--out")
        {
            Description = $"the folder that receives {DuplicateReport.FileName}",
            HelpName = "folder",
        };
        var json = new Option<FileInfo?>("--json") { Description = "also write the numbers to this file, as JSON", HelpName = "file" };
        var command = new Command("check", "Finds images with the same pixels within and between training, test and unlabelled images")
        {
            labelled, test, output, json,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output);
            if (folder is not null) OutputFolder.Prepare(folder);
            OutputFolder.PrepareFor(parsed.GetValue(json));
            Named.Images(parsed.GetValue(labelled)!, parsed.GetValue(test));
            terminal.Now("listing the images");
            var parts = Parts(parsed.GetValue(labelled)!, parsed.GetValue(test));
            using var interruption = new Interruption(terminal);
            var found = Show(terminal, progress => Duplicates.Find(parts, progress, interruption.Token));
            ImageRemarks.Skipped(terminal, found.Skipped);
            ImageRemarks.PassedOver(terminal, parts.Select(part => part.Images));
            var counts = found.Counts.Select(part =>
                string.Create(CultureInfo.InvariantCulture, $"{part.Value:N0} {DuplicateReport.Name(part.Key)}"));
            terminal.Line($"{string.Join(", ", counts)} images compared, {found.Skipped.Count} left out");
            foreach (var group in found.Groups.Take(MostNamed)) terminal.Line(DuplicateReport.Line(group));
            if (found.Groups.Count > MostNamed)
                terminal.Line($"and {found.Groups.Count - MostNamed} more{(folder is null ? "; --out writes all of them" : "")}");
            foreach (var sentence in DuplicateReport.Sentences(found)) terminal.Line(sentence);
            if (folder is not null)
            {
                var file = Path.Combine(folder, DuplicateReport.FileName);
                AtomicFile.Write(file, DuplicateReport.Csv(found));
                terminal.Line($"all of them: {file}");
            }
            JsonFile.Write(parsed.GetValue(json), DataCheckFields.Of(parsed.GetValue(labelled)!, found,
                [.. parts.SelectMany(part => part.Images.PassedOver).Distinct()]));
            return ExitCode.Success;
        });
        return command;
    }

    private static List<DataPart> Parts(string labelled, string? test)
    {
        var splits = LabelledSources.Open(labelled, test);
        var parts = new List<DataPart> { Part(Split.Train, splits.Train) };
        if (ImageSources.OpenUnlabelled(labelled) is { } unlabelled) parts.Add(new(Split.Unlabelled, unlabelled, null));
        if (splits.Test is not null) parts.Add(Part(Split.Test, splits.Test));
        return parts;
    }

    private static DataPart Part(Split split, LabelledImages images) =>
        new(split, images.Images, index => images.Classes[images.Labels[index]]);

    private static Duplicates Show(Terminal terminal, Func<Action<int, int>, Duplicates> work) =>
        ProgressBar.Show(terminal, show => work((done, of) => show("reading images", done, of)));
}

/// <summary>
/// The fields of data check --json. Shared counts images of the first part that stand in the second, too; repeated those beyond the first
/// of equals.
/// </summary>
internal sealed record DataCheckFields(
    string Data, int Train, int Unlabelled, int Test, int Skipped, int Groups, int TestInTrain, int TestInUnlabelled,
    int TrainInUnlabelled,
    int RepeatedTrain, int RepeatedUnlabelled, int RepeatedTest, int Disagreeing, IReadOnlyList<PassedOver> PassedOver)
{
    public static DataCheckFields Of(string data, Duplicates found, IReadOnlyList<PassedOver> passedOver) => new(
        data,
        found.Counts.GetValueOrDefault(Split.Train), found.Counts.GetValueOrDefault(Split.Unlabelled),
        found.Counts.GetValueOrDefault(Split.Test),
        found.Skipped.Count, found.Groups.Count,
        found.Shared(Split.Test, Split.Train), found.Shared(Split.Test, Split.Unlabelled), found.Shared(Split.Train, Split.Unlabelled),
        found.Repeated(Split.Train), found.Repeated(Split.Unlabelled), found.Repeated(Split.Test),
        found.Groups.Count(group => group.Disagrees), passedOver);
}
