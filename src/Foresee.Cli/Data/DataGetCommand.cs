using System.CommandLine;
using System.Globalization;
using Foresee.DataSets;
using Foresee.Images;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee data get: a public data set from its official address, checked and unpacked.</summary>
internal static class DataGetCommand
{
    private static readonly string[] Names = [.. PublicData.All.Select(data => data.Name)];

    public static Command Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = $"the data set: {string.Join(", ", Names)}" };
        var output = new Option<string?>("--out")
        {
            Description = $"the folder that receives it (default: {KnownData.DownloadFolder}/NAME, "
                + "where the other commands find it by its name)",
            HelpName = "folder",
        };
        var command = new Command("get",
            "Fetches a public data set from its official address, checks its sum and unpacks it; stopped, the same command goes on")
        {
            name, output,
        };
        command.SetAction(parsed =>
        {
            var typed = parsed.GetValue(name)!;
            var data = PublicData.All.FirstOrDefault(data => data.Name == typed)
                ?? throw new UsageException($"Unknown data set '{typed}'{Dial.Suggest(typed, Names)} Known: {string.Join(", ", Names)}.");
            if (parsed.GetValue(output) is null && KnownData.Find(typed) is { } there)
            {
                terminal.Line($"{typed} is in {there} already; with --out it is fetched into another folder");
                return ExitCode.Success;
            }
            using var client = new HttpClient();
            return Run(terminal, data, parsed.GetValue(output) ?? Path.Combine(KnownData.DownloadFolder, typed), client);
        });
        return command;
    }

    /// <summary>Fetches and says what can be done with it.</summary>
    public static int Run(Terminal terminal, PublicData data, string folder, HttpClient client)
    {
        OutputFolder.Prepare(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!);
        terminal.Line($"fetching {data.Name} ({DataListCommand.Size(data.Bytes)}) from {new Uri(data.Files[0].Address).Host}; "
            + $"its terms: {data.Page}");
        using var interruption = new Interruption(terminal);
        terminal.Now($"asking for {data.Name}");
        Show(terminal, progress => Acquisition.RunAsync(data, folder, client, progress, interruption.Token).GetAwaiter().GetResult());
        terminal.Line($"{data.Name} is in {folder}");
        var images = folder == Path.Combine(KnownData.DownloadFolder, data.Name) ? data.Name : Shell.Path(folder);
        terminal.Line($"next: {Launcher.Command("pretrain", images, "--out", $"runs/{data.Name}")}");
        return ExitCode.Success;
    }

    private static void Show(Terminal terminal, Action<Action<AcquisitionProgress>> work) => ProgressBar.Show<object?>(terminal, show =>
    {
        work(progress => show(progress.Work, progress.Done, progress.Of));
        return null;
    }, [new DownloadedColumn { Culture = CultureInfo.InvariantCulture }, new RemainingTimeColumn()], Text);

    private static string Text(string work, double done, double of) => string.Create(CultureInfo.InvariantCulture,
        $"{work}: {DataListCommand.Size((long)done)} of {DataListCommand.Size((long)of)}, {100 * done / Math.Max(1, of):0} %");
}
