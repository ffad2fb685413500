using System.CommandLine;

namespace Foresee.Cli;

/// <summary>foresee demo: the whole idea on real photographs, from nothing to a report.</summary>
internal static class DemoCommand
{
    public const string Data = "fashion-mnist";

    public static Command Create(Terminal terminal)
    {
        var draws = Dial.Whole("--draws", "draws of labels, for the 95 % interval (default: 3)", least: 1, most: 1000);
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives everything",
            HelpName = "folder",
            DefaultValueFactory = _ => "runs/demo",
        };
        var options = new RunOptions();
        var command = new Command("demo",
            "Pretrains on 60,000 photographs without labels, then compares with a supervised baseline at 10 to 200 labels per class")
        {
            draws, output,
        };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var begun = BegunRun.In(folder);
            if (begun is not null && begun.Recipe != Data)
                throw new UsageException($"The run in {folder} has recipe {begun.Recipe}, the demo's is {Data}; choose another --out.");
            begun?.ExpectThreads(parsed.GetValue(options.Threads)).Check();
            var demo = new Demo(terminal, folder, parsed.GetValue(draws) ?? 3, Describe.Typed(parsed), options.Start(parsed));
            return demo.Run(begun, begun?.Threads ?? parsed.GetValue(options.Threads) ?? RunOptions.DefaultThreads,
                parsed.GetValue(options.Json));
        });
        return command;
    }
}
