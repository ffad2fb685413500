using System.CommandLine;
using Foresee.Detection;
using Foresee.Images;

namespace Foresee.Cli;

/// <summary>foresee detect: boxes around the objects of an image.</summary>
internal static class DetectCommand
{
    public const string Data = "a folder laid out as PASCAL VOC: Annotations/NAME.xml, JPEGImages/NAME.jpg, ImageSets/Main/SPLIT.txt";
    private const int MostNamed = 20; // remarks

    public static Command Create(Terminal terminal)
    {
        var command = new Command("detect", "Finds objects: trains a detector on an encoder, measures it, and uses it")
        {
            DetectTrainCommand.Create(terminal),
            DetectEvaluateCommand.Create(terminal),
            DetectPredictCommand.Create(terminal),
        };
        command.SetAction(parsed => new HelpWithExample().Invoke(parsed));
        return command;
    }

    /// <summary>The images with boxes that a line names, each read once; says what was left out or mended.</summary>
    public static AnnotatedImages Open(Terminal terminal, string folder, string? split, int threads, CancellationToken cancel)
    {
        if (!Directory.Exists(folder)) throw new UsageException($"There is no folder {folder}; name {Data}.");
        terminal.Now($"reading the annotations of {folder}");
        AnnotatedImages images;
        try
        {
            images = VocFolder.Open(folder, split);
        }
        catch (ImageDataException error) when (split is not null && !VocFolder.Splits(folder).Contains(split))
        {
            throw new UsageException(error.Message, error);
        }
        images = ProgressBar.Show(terminal, show => images.Readable(done => show($"reading {images.Name}", done, images.Images.Count), threads,
            cancel));
        foreach (var remark in images.Remarks.Take(MostNamed)) terminal.Warn(remark);
        if (images.Remarks.Count > MostNamed) terminal.Warn($"and {images.Remarks.Count - MostNamed} more");
        return images;
    }

    /// <summary>The detector that a line names; warns of one that has not been trained to the end.</summary>
    public static Detector Load(Terminal terminal, string named)
    {
        terminal.Now("loading the detector");
        var file = Directory.Exists(named) ? Path.Combine(named, DetectorFile.FileName) : named;
        if (!File.Exists(file))
            throw new UsageException($"There is no detector in {named}; name the folder that detect train wrote (its --out).");
        if (DetectorFile.Unfinished(file) is { } steps) terminal.Warn($"the detector in {named} is unfinished: it is that of step {steps}");
        return DetectorFile.Read(file);
    }
}
