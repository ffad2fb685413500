using System.CommandLine;

namespace Foresee.Cli;

/// <summary>foresee data: what there is, fetching it, and looking whether it can be trusted.</summary>
internal static class DataCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("data", "Lists and fetches public data sets, finds images that occur twice, makes other looks of images")
        {
            DataListCommand.Create(terminal),
            DataGetCommand.Create(terminal),
            DataCheckCommand.Create(terminal),
            DataMakeCommand.Create(terminal),
        };
        command.SetAction(parsed => new HelpWithExample().Invoke(parsed));
        return command;
    }
}
