using System.CommandLine;
using System.Globalization;
using Foresee.DataSets;
using Foresee.Images;

namespace Foresee.Cli;

/// <summary>foresee data list: the public data sets that data get knows.</summary>
internal static class DataListCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("list", "Names the public data sets, their sizes and where they are on this machine");
        command.SetAction(_ =>
        {
            foreach (var data in PublicData.All)
            {
                terminal.Line($"{data.Name,-14} {Size(data.Bytes),8}  {data.Description}");
                terminal.Line($"{"",-14} {"",8}  {data.Page}  {KnownData.Find(data.Name) ?? "not here"}");
            }
            terminal.Line($"{Launcher.Name} data get NAME fetches one");
            return ExitCode.Success;
        });
        return command;
    }

    public static string Size(long bytes) => bytes >= 1_000_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
