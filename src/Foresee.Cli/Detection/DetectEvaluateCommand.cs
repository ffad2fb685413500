using System.CommandLine;
using System.Globalization;
using Foresee.Detection;
using Spectre.Console;

namespace Foresee.Cli;

/// <summary>foresee detect evaluate: mean average precision on images with boxes.</summary>
internal static class DetectEvaluateCommand
{
    private const string UsualSplit = "test";
    private const int UsualPictures = 12;

    public static Command Create(Terminal terminal)
    {
        var detector = new Argument<string>("DETECTOR") { Description = "the folder that detect train wrote" };
        var data = new Argument<string>("DATA") { Description = DetectCommand.Data };
        var split = new Option<string?>("--split") { Description = "which images to measure on (default: test, or all where the folder has no splits; choose settings on val)", HelpName = "name" };
        var pictures = Dial.Whole("--pictures", "of so many images a picture with boxes, evenly over the set (default: 12)", least: 0);
        var least = Dial.Positive("--least", "draw boxes from this score on (default: 0.5); all count in the scores");
        var output = new Option<string>("--out")
        {
            Description = $"the folder that receives {DetectionTable.FileName}, {BoxRows.FileName}, {PrecisionPlot.FileName} and pictures/",
            HelpName = "folder",
            Required = true,
        };
        var run = new RunOptions();
        var command = new Command("evaluate", "Measures a detector: mean average precision by VOC 2007's, VOC 2010's and COCO's rules")
        {
            detector, data, split, pictures, least, output,
        };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var device = run.Start(parsed);
            var (named, folder) = (parsed.GetValue(detector)!, parsed.GetValue(output)!);
            using var loaded = DetectCommand.Load(terminal, named);
            using var interruption = new Interruption(terminal, "stopping after these images");
            var all = VocFolder.Splits(parsed.GetValue(data)!).Count == 0;
            var images = DetectCommand.Open(terminal, parsed.GetValue(data)!, parsed.GetValue(split) ?? (all ? null : UsualSplit),
                run.ThreadsOf(parsed), interruption.Token);
            images.ExpectObjects().ExpectClasses(loaded.Classes);
            if (DetectorRun.Described(named)?.Data.Hash is { } learnt && learnt == images.Hash(interruption.Token))
                terminal.Warn($"{named} learnt from just these images, so the scores say nothing of others");
            OutputFolder.Prepare(folder);
            loaded.To(device);
            var found = ProgressBar.Show(terminal, show => DetectorUse.Find(loaded, images.Images, device,
                done => show("finding objects", done, images.Images.Count), cancel: interruption.Token));
            var score = DetectionScore.Of(images.Images, found, loaded.Classes);
            BoxRows.Write(Path.Combine(folder, BoxRows.FileName), images.Images.Zip(found), loaded.Classes);
            DetectionTable.Write(Path.Combine(folder, DetectionTable.FileName), score);
            PrecisionPlot.Write(Path.Combine(folder, PrecisionPlot.FileName), score, images.Name);
            terminal.Now("drawing boxes into pictures");
            new BoxPictures(Path.Combine(folder, BoxPictures.Folder), loaded.Classes, parsed.GetValue(least) ?? BoxPictures.UsualScore)
                .Write(images.Images, found, parsed.GetValue(pictures) ?? UsualPictures);
            Table(terminal, score);
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{images.Images.Count:N0} images of {images.Name}: mAP50 {100 * score.ElevenPoints:0.0} % by VOC 2007's 11 points, "
                + $"{100 * score.Area:0.0} % by VOC 2010's area; COCO's mAP {100 * score.Coco:0.0} %; {folder}"));
            JsonFile.Write(parsed.GetValue(run.Json), DetectEvaluateFields.Of(named, images, score, folder));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Table(Terminal terminal, DetectionScore score)
    {
        var table = new Table().AddColumns("class", "objects", "AP50, 11 points", "AP50, area", "COCO AP", "COCO AP75");
        static string Percent(double? share) => share is { } value ? ProgressView.Percent(Math.Round(value, 3)) : "";
        foreach (var one in score.Classes)
            table.AddRow(Markup.Escape(one.Class), one.Objects.ToString(CultureInfo.InvariantCulture), Percent(one.ElevenPoints),
                Percent(one.Area), Percent(one.Coco), Percent(one.Coco75));
        terminal.Console.Write(table);
        var without = score.Classes.Where(one => one.Objects == 0).Select(one => one.Class).ToList();
        if (without.Count > 0) terminal.Warn($"no object of {string.Join(", ", without)} that counts, so the means leave {(without.Count == 1 ? "it" : "them")} out");
    }
}

/// <summary>The fields of detect evaluate --json; shares 0 to 1, null of a class without objects.</summary>
internal sealed record DetectEvaluateFields(string Detector, string Data, int Images, int Objects, double Map50, double Map50Area,
    double CocoMap, double CocoMap50, double CocoMap75, IReadOnlyList<DetectClassFields> Classes, string Folder)
{
    public static DetectEvaluateFields Of(string detector, AnnotatedImages images, DetectionScore score, string folder) => new(detector,
        images.Name, images.Images.Count, images.Objects, score.ElevenPoints, score.Area, score.Coco, score.Coco50, score.Coco75,
        [.. score.Classes.Select(c => new DetectClassFields(c.Class, c.Objects, c.ElevenPoints, c.Area, c.Coco, c.Coco50, c.Coco75))],
        folder);
}

internal sealed record DetectClassFields(string Class, int Objects, double? Ap50, double? Ap50Area, double? CocoAp,
    double? CocoAp50, double? CocoAp75);
