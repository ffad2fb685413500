using System.CommandLine;
using System.Globalization;
using Foresee.Detection;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>foresee detect predict: boxes in new images.</summary>
internal static class DetectPredictCommand
{
    private const int AtOnce = 16; // images between two looks at Ctrl-C

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
            var skipped = new List<SkippedImage>();
            var (seen, found) = ProgressBar.Show(terminal, show => Find(loaded, sources, device, score, skipped,
                done => show("finding objects", done, Math.Max(done, sources.Known)), interruption.Token));
            ImageRemarks.Skipped(terminal, skipped);
            if (seen.Count == 0)
                throw new ImageDataException($"None of the {skipped.Count} images can be read; the first, {skipped[0].File}: {skipped[0].Reason}");
            BoxRows.Write(Path.Combine(folder, BoxRows.FileName), seen, found, loaded.Classes);
            if (parsed.GetValue(pictures))
                BoxPictures.Write(Path.Combine(folder, BoxPictures.Folder), seen.Zip(found), loaded.Classes, score);
            var counts = loaded.Classes.Select((name, c) => $"{name} {found.Sum(all => all.Count(o => o.Class == c))}");
            terminal.Line(string.Create(CultureInfo.InvariantCulture,
                $"{seen.Count:N0} images, {found.Sum(all => all.Count):N0} boxes: {string.Join(", ", counts)}; {Path.Combine(folder, BoxRows.FileName)}"));
            JsonFile.Write(parsed.GetValue(run.Json), new DetectPredictFields(named, seen.Count, found.Sum(all => all.Count), skipped.Count,
                score, Path.Combine(folder, BoxRows.FileName)));
            return skipped.Count > 0 ? ExitCode.Incomplete : ExitCode.Success;
        });
        return command;
    }

    private static (List<AnnotatedImage> Seen, List<IReadOnlyList<DetectedObject>> Found) Find(Detector detector, ImageArguments sources,
        Device device, double least, List<SkippedImage> skipped, Action<int> report, CancellationToken cancel)
    {
        var (seen, found) = (new List<AnnotatedImage>(), new List<IReadOnlyList<DetectedObject>>());
        foreach (var files in sources.All().SelectMany(Files).Chunk(AtOnce))
        {
            var readable = new List<AnnotatedImage>();
            foreach (var file in files)
                try
                {
                    ImageFile.Read(file);
                    readable.Add(DetectorUse.Unknown(file));
                }
                catch (UnreadableImageException error)
                {
                    skipped.Add(new(seen.Count + readable.Count + skipped.Count, file, error.Reason));
                }
            found.AddRange(DetectorUse.Find(detector, readable, device, cancel: cancel)
                .Select(all => (IReadOnlyList<DetectedObject>)[.. all.Where(o => o.Score >= least)]));
            seen.AddRange(readable);
            report(seen.Count + skipped.Count);
        }
        return (seen, found);
    }

    private static IEnumerable<string> Files(IImageSource source) => Enumerable.Range(0, source.Count).Select(source.Describe)
        .Select(file => File.Exists(file) ? file : throw new UsageException($"{file} is no file of its own, and boxes are found in image files; name those."));
}

/// <summary>The fields of detect predict --json.</summary>
internal sealed record DetectPredictFields(string Detector, int Images, int Boxes, int Skipped, double Least, string File);
