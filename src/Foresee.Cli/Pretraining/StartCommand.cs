using System.CommandLine;
using Foresee.Starts;

namespace Foresee.Cli;

/// <summary>foresee start: weights that somebody else trained, by name.</summary>
internal static class StartCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("start", "Lists and fetches pretrained weights, which evaluate and embed take by their name")
        {
            List(terminal),
            Get(terminal),
            Join(terminal),
            Mirror(terminal),
            Stages(terminal),
        };
        command.SetAction(parsed => new HelpWithExample().Invoke(parsed));
        return command;
    }

    private static Command List(Terminal terminal)
    {
        var command = new Command("list", "Names the starts, what they were trained on, and where they are on this machine");
        command.SetAction(_ =>
        {
            foreach (var start in PretrainedStart.All)
            {
                terminal.Line($"{start.Name,-18} {DataListCommand.Size(start.Bytes),8}  {start.Network}; trained on {start.TrainedOn}");
                terminal.Line($"{"",-18} {"",8}  NuGet {start.Package.Id} {start.Package.Version}, licence {start.Licence}  "
                    + (start.IsThere() ? start.Folder() : "not here"));
            }
            terminal.Line($"{Launcher.Name} start get NAME fetches one");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Get(Terminal terminal)
    {
        string[] names = [.. PretrainedStart.All.Select(start => start.Name)];
        var name = new Argument<string>("NAME") { Description = $"the start: {string.Join(", ", names)}" };
        var command = new Command("get", "Fetches a start from NuGet, checks its sum and keeps it for every later use, offline too")
        {
            name,
        };
        command.SetAction(parsed =>
        {
            var typed = parsed.GetValue(name)!;
            var start = PretrainedStart.Find(typed)
                ?? throw new UsageException($"Unknown start '{typed}'{Dial.Suggest(typed, names)} Known: {string.Join(", ", names)}.");
            if (start.IsThere())
            {
                terminal.Line($"{typed} is in {start.Folder()} already");
                return ExitCode.Success;
            }
            OutputFolder.Prepare(PretrainedStart.Root);
            terminal.Line($"{start.Name}: {start.Network}; trained on {start.TrainedOn}; licence {start.Licence}");
            using var interruption = new Interruption(terminal);
            var folder = start.GetAsync(null, doing =>
            {
                terminal.Line(doing);
                terminal.Now(doing);
            }, interruption.Token).GetAwaiter().GetResult();
            terminal.Line($"{start.Name} is in {folder}");
            terminal.Line($"next: {Launcher.Command("evaluate", start.Name, "LABELLED", "--labels", "10/class,50/class", "--out",
                $"runs/{start.Name}")}");
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Join(Terminal terminal)
    {
        var names = new Argument<string[]>("ENCODERS")
        {
            Description = "two or more of: the folder that pretrain wrote, a start, a file of weights",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<DirectoryInfo>("--out")
        {
            Description = "the folder that receives them as one encoder, which evaluate, embed and compare take like a run",
            HelpName = "folder",
            Required = true,
        };
        var command = new Command("join", "Makes one encoder of several, whose vectors stand one behind the other: weights from elsewhere "
            + "beside a run of your own")
        {
            names, output,
        };
        command.SetAction(parsed =>
        {
            var typed = parsed.GetValue(names)!;
            if (typed.Length < 2) throw new UsageException($"Name two or more encoders to join, got {string.Join(", ", typed)}.");
            var points = Array.ConvertAll(typed, name => EncoderSource.Of(name).Point());
            var folder = NewFolder(parsed.GetValue(output)!);
            Made(() => PretrainedStart.Join(points, folder));
            terminal.Line($"{string.Join(" beside ", points.Select(point => point.Name))} is in {folder}");
            Next(terminal, folder);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Mirror(Terminal terminal)
    {
        var name = new Argument<string>("ENCODER") { Description = "the folder that pretrain wrote, a start, or a file of weights" };
        var upsideDown = new Option<bool>("--upside-down")
        {
            Description = "four images instead of two: upside down, too; for images without an upside, as seen from above",
        };
        var output = new Option<DirectoryInfo>("--out")
        {
            Description = "the folder that receives it as an encoder, which evaluate, embed, compare and fit take like a run",
            HelpName = "folder",
            Required = true,
        };
        var command = new Command("mirror", "Makes an encoder whose vector of an image is the mean of those of the image and its mirror "
            + "image: more accurate with few labels, and twice the time")
        {
            name, upsideDown, output,
        };
        command.SetAction(parsed =>
        {
            var folder = NewFolder(parsed.GetValue(output)!);
            var point = EncoderSource.Of(parsed.GetValue(name)!).Point();
            Made(() => PretrainedStart.Mirror(point, parsed.GetValue(upsideDown), folder));
            terminal.Line($"{point.Name}, which sees mirror images, too, is in {folder}");
            Next(terminal, folder);
            return ExitCode.Success;
        });
        return command;
    }

    private static Command Stages(Terminal terminal)
    {
        var name = new Argument<string>("ENCODER") { Description = "the folder that pretrain wrote, a start, or a file of weights" };
        var from = new Option<int?>("--from")
        {
            Description = "the first stage, from 1, nearest to the pixels (default: the last but two)",
            HelpName = "n",
        };
        var output = new Option<DirectoryInfo>("--out")
        {
            Description = "the folder that receives it as an encoder, which evaluate, embed, compare and fit take like a run",
            HelpName = "folder",
            Required = true,
        };
        var command = new Command("stages", "Makes an encoder whose vector holds its last stages side by side: more accurate on images of "
            + "another kind than it was trained on, in the same time")
        {
            name, from, output,
        };
        command.SetAction(parsed =>
        {
            var folder = NewFolder(parsed.GetValue(output)!);
            var point = EncoderSource.Of(parsed.GetValue(name)!).Point();
            Made(() => PretrainedStart.Stages(point, parsed.GetValue(from), folder));
            terminal.Line($"{point.Name}, its last stages side by side, is in {folder}");
            Next(terminal, folder);
            return ExitCode.Success;
        });
        return command;
    }

    private static string NewFolder(DirectoryInfo typed)
    {
        var folder = typed.ToString();
        if (File.Exists(Path.Combine(folder, Reports.RunDescription.FileName)))
            throw new UsageException($"{folder} is a run; name another folder with --out.");
        OutputFolder.Prepare(folder);
        return folder;
    }

    /// <summary>What does not go together is the user's to change.</summary>
    private static void Made(Action make)
    {
        try
        {
            make();
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    private static void Next(Terminal terminal, string folder) =>
        terminal.Line($"next: {Launcher.Command("evaluate", folder, "LABELLED", "--protocol", "linear,self-trained", "--labels",
            "10/class,50/class", "--out", Path.Combine(folder, "evaluation"))}");
}
