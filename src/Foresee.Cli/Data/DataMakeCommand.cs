using System.CommandLine;
using System.Globalization;
using Foresee.Labels;
using Foresee.Studies.Adaptation;

namespace Foresee.Cli;

/// <summary>foresee data make: labelled images in another look, to try adapt on.</summary>
internal static class DataMakeCommand
{
    public static Command Create(Terminal terminal)
    {
        var labelled = new Argument<string>("LABELLED") { Description = Describe.Labelled };
        var look = Dial.OneOf("--as", "inverted: light and dark change places; textured: the difference to a texture, another for each image",
            new Dictionary<string, MadeLook> { ["inverted"] = MadeLook.Inverted, ["textured"] = MadeLook.Textured });
        look.Required = true;
        var output = new Option<string>("--out")
        {
            Description = "the folder that receives train/ and test/ of class folders (these alone where there is no test part); what is there stays",
            HelpName = "folder",
            Required = true,
        };
        var perClass = Dial.Whole("--per-class", "the first so many images of each class and part (default: all)", least: 1);
        var command = new Command("make", "Makes a second look of labelled images, to try adapt on") { labelled, look, output, perClass };
        command.SetAction(parsed =>
        {
            var (name, folder) = (parsed.GetValue(labelled)!, parsed.GetValue(output)!);
            Named.Images(name);
            OutputFolder.Prepare(folder);
            using var interruption = new Interruption(terminal, "stopping after this image");
            terminal.Now($"listing the images of {name}");
            var data = LabelledSources.Open(name);
            var made = ProgressBar.Show(terminal, show => MadeDomain.Write(data, parsed.GetValue(look), folder, parsed.GetValue(perClass),
                (done, of) => show("making images", done, of), interruption.Token));
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{made[0]:N0} training{(made.Count > 1 ? $" and {made[1]:N0} test" : "")} images: {folder}"));
            NextLine.Tell(terminal, new(Launcher.Command("adapt", Shell.Path(name), Shell.Path(folder), "--out", "runs/adapted"),
                "See what the labels of one are worth on the other"));
            return ExitCode.Success;
        });
        return command;
    }
}
