using Foresee.Encoders;
using Foresee.Labels;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Starts;
using Foresee.Torch;

namespace Foresee.Cli;

/// <summary>What a command line names as an encoder: a run, a start by its name, or a file of weights.</summary>
/// <param name="Path">A folder with encoder.safetensors, or a file.</param>
/// <param name="Run">The folder of the run; null where the encoder is from elsewhere.</param>
/// <param name="Name">In results: the recipe of a run, the name of a start, else that of the file.</param>
/// <param name="TrainedOn">What a start was trained on, where that is known.</param>
internal sealed record EncoderSource(string Path, string? Run, string Name, string? TrainedOn)
{
    /// <exception cref="UsageException">There is none, or no encoder yet.</exception>
    public static EncoderSource Of(string named)
    {
        if (PretrainedStart.Find(named) is { } start && !Directory.Exists(named))
            return start.IsThere() ? new(start.Folder(), null, start.Name, start.TrainedOn) : throw new UsageException(
                $"{start.Name} is not on this machine yet; fetch it: {Launcher.Command("start", "get", start.Name)}");
        Named.Encoder(named);
        if (Directory.Exists(named) && File.Exists(System.IO.Path.Combine(named, RunDescription.FileName)))
        {
            var run = RunDescription.Read(System.IO.Path.Combine(named, RunDescription.FileName));
            return new(named, named, run.Recipe, OlderRuns.Options(run).Start?.TrainedOn);
        }
        var name = System.IO.Path.GetFileNameWithoutExtension(System.IO.Path.TrimEndingDirectorySeparator(named));
        return new(named, null, name, Directory.Exists(named) ? PretrainedStart.TrainingOf(named) : null);
    }

    /// <exception cref="UsageException">The encoder can't be used so.</exception>
    public TrainedEncoder Load(Device device, EncoderReading? reading = null)
    {
        try
        {
            return TrainedEncoder.Load(Path, device, reading ?? new());
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    /// <summary>For a pretraining that begins with it.</summary>
    public StartingPoint Point() => StartingPoint.At(Name, System.IO.Path.GetFullPath(Path), TrainedOn);

    /// <summary>How patches were augmented in pretraining; null where there were none.</summary>
    public Augmentation.PatchAugmentation? Augmentation() => Run is null ? null
        : OlderRuns.Options(RunDescription.Read(System.IO.Path.Combine(Run, RunDescription.FileName))).Method.PatchAugmentation;

    /// <summary>Why the labels of these images are no news to the encoder; null where nothing is known against them.</summary>
    public string? Leak(LabelledSplits data) => Leak(data.Train.Images.Name, data.Train.Classes);

    /// <param name="images">Their name, or that of their folder.</param>
    /// <param name="classes">Their names; empty where nobody names any.</param>
    public string? Leak(string images, IReadOnlyList<string> classes) => SeenLabels.Of(Name, TrainedOn, images, classes);
}
