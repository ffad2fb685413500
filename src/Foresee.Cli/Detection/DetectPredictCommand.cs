using System.CommandLine;
using Foresee.Detection;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee detect predict: boxes in new images.</summary>
internal static class DetectPredictCommand
{
    public static Command Create(Terminal terminal)
    {
        var detector = new Argument<string>("DETECTOR") { Description = "the folder that detect train wrote" };
        var images = new Argument<string[]>("IMAGES")
        {
            Description = "image files, folders of them, patterns such as 'photos/**/*.jpg', or CSV files that name images",
            Arity = ArgumentArity.OneOrMore,
        };
        var least = Dial.Positive("--least", "tell boxes from this score on (default: 0.5)");
        var pictures = new Option<bool>("--pictures") { Description = $"also write each image with its boxes, into {BoxPictures.Folder}/" };
        var output = new Option<string>("--out")
        {
            Description = $"the folder that receives {BoxRows.FileName}: a row for each box",
            HelpName = "folder",
            Required = true,
        };
        var run = new RunOptions();
        var command = new Command("predict", "Finds objects in new images by a trained detector") { detector, images, least, pictures, output };
        run.AddTo(command);
        command.SetAction(parsed =>
        {
            var device = run.Start(parsed);
            var (named, folder) = (parsed.GetValue(detector)!, parsed.GetValue(output)!);
            var score = parsed.GetValue(least) ?? BoxPictures.UsualScore;
            using var loaded = DetectCommand.Load(terminal, named);
            terminal.Now("listing the images");
            var sources = ImageArguments.Open(parsed.GetValue(images)!, terminal.In);
            OutputFolder.Prepare(folder);
            loaded.To(device);
            using var interruption = new Interruption(terminal, "stopping after these images");
            var (file, tally) = (Path.Combine(folder, BoxRows.FileName), new BoxTally(loaded.Classes));
            var drawn = parsed.GetValue(pictures) ? new BoxPictures(Path.Combine(folder, BoxPictures.Folder), loaded.Classes, score) : null;
            ProgressBar.Show(terminal, show =>
            {
                BoxRows.Write(file, Find(loaded, sources, device, score, tally, drawn,
                    () => show("finding objects", tally.Seen, Math.Max(tally.Seen, sources.Known)), interruption.Token), loaded.Classes);
                return true;
            });
            ImageRemarks.Skipped(terminal, tally.Skipped);
            terminal.Line($"{tally}; {file}");
            JsonFile.Write(parsed.GetValue(run.Json), new DetectPredictFields(named, tally.Images, tally.Boxes, tally.Skipped.Count, score,
                file, tally.Stopped));
            if (tally.Stopped) throw new OperationCanceledException();
            return tally.Skipped.Count > 0 ? ExitCode.Incomplete : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Image by image, as they are asked for; stopped, it ends with what is done.</summary>
    private static IEnumerable<(AnnotatedImage Image, IReadOnlyList<DetectedObject> Found)> Find(Detector detector, ImageArguments sources,
        Device device, double least, BoxTally tally, BoxPictures? pictures, Action report, CancellationToken cancel)
    {
        report();
        foreach (var files in sources.All().SelectMany(Files).Chunk(DetectorUse.AtOnce))
        {
            tally.Stopped = cancel.IsCancellationRequested;
            if (tally.Stopped) break;
            AnnotatedImage[] readable = [.. files.Select(file => Readable(file, tally)).OfType<AnnotatedImage>()];
            foreach (var (image, found) in readable.Zip(DetectorUse.Find(detector, readable, device, least: least)))
            {
                pictures?.Write(image, found);
                tally.Add(found);
                yield return (image, found);
            }
            report();
        }
        if (tally.Images > 0) yield break;
        cancel.ThrowIfCancellationRequested();
        throw new ImageDataException(tally.Skipped is [var first, ..]
            ? $"None of the {tally.Skipped.Count} images can be read; the first, {first.File}: {first.Reason}"
            : "There was no image to find objects in: standard input named none; write one path a line.");
    }

    private static AnnotatedImage? Readable(string file, BoxTally tally)
    {
        try
        {
            ImageFile.Read(file);
            return DetectorUse.Unknown(file);
        }
        catch (UnreadableImageException error)
        {
            tally.Skip(file, error.Reason);
            return null;
        }
    }

    private static IEnumerable<string> Files(IImageSource source) => Enumerable.Range(0, source.Count).Select(source.Describe)
        .Select(file => File.Exists(file) ? file
            : throw new UsageException($"{file} is no file of its own, and boxes are found in image files; name those."));
}

/// <summary>The fields of detect predict --json.</summary>
internal sealed record DetectPredictFields(string Detector, int Images, int Boxes, int Skipped, double Least, string File, bool Stopped);
