using Foresee.Reports;
using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>Where and how a training runs.</summary>
/// <param name="Folder">Receives detection.json, metrics.jsonl, detector.safetensors and checkpoint.safetensors.</param>
/// <param name="Compute">What products are computed in.</param>
/// <param name="Command">As typed, for the record.</param>
/// <param name="Commit">Of the program, or null.</param>
/// <param name="Blas">Name of the BLAS in use, for the record.</param>
public sealed record DetectorContext(string Folder, Device Device, DType Compute, string Command, string? Commit, string Blas)
{
    /// <summary>The number of the step that begins and of all.</summary>
    public Action<long, long>? BeforeStep { get; init; }
}

/// <summary>A detector's training on disk: started, or gone on with.</summary>
public static class DetectorRun
{
    /// <summary>How the training was started; in the form of a pretraining's run.json, under another name.</summary>
    public const string FileName = "detection.json";

    private const string Recipe = "detect", Start = "start";

    /// <summary>
    /// What a folder's training was started with; null where there is none, or it was killed before its first checkpoint.
    /// </summary>
    public static RunDescription? Described(string folder) => Path.Combine(folder, FileName) is var path && File.Exists(path)
        && File.Exists(Path.Combine(folder, DetectorCheckpoint.FileName)) ? RunDescription.Read(path) : null;

    /// <param name="detector">As it begins.</param>
    /// <param name="start">What its encoder is, in words.</param>
    /// <returns>Whether it came to its end.</returns>
    /// <exception cref="IOException">The folder holds a training already.</exception>
    public static bool Begin(Detector detector, AnnotatedImages images, DetectorTrainingOptions options, string start,
        DetectorContext context, Action<DetectorStep>? progress, CancellationToken cancel)
    {
        if (Described(context.Folder) is not null)
            throw new IOException($"{context.Folder} already holds a training; go on with it by --resume, or choose another --out folder.");
        options = options with { Start = start, Canvas = new(detector.Input.Width, detector.Input.Height) };
        options.Validate();
        images.ExpectObjects();
        Directory.CreateDirectory(context.Folder);
        new RunDescription
        {
            Command = context.Command,
            Recipe = Recipe,
            Options = RunDescription.OptionsOf(options),
            Seeds = new Dictionary<string, long> { ["run"] = options.Seed },
            Data = new(images.Name, images.Hash(cancel), images.Images.Count),
            Commit = context.Commit,
            Versions = SoftwareVersions.Current(Engine.Version, context.Blas),
            Machine = Machine.Read(),
            Precision = context.Compute == DType.BFloat16 ? "bf16 multiplications, f32 weights" : "f32",
            Remarks = [$"{Start}: {start}", .. images.Remarks],
            Started = DateTimeOffset.Now,
        }.Write(Path.Combine(context.Folder, FileName));
        return Train(detector, images, options, context, progress, cancel);
    }

    /// <summary>Goes on with the options that the training began with.</summary>
    /// <exception cref="InvalidDataException">The images are others.</exception>
    public static bool Resume(AnnotatedImages images, DetectorContext context, Action<DetectorStep>? progress, CancellationToken cancel)
    {
        var run = Described(context.Folder) ?? throw new IOException($"{context.Folder} holds no training to go on with; leave out --resume.");
        if (run.Data.Hash != images.Hash(cancel))
            throw new InvalidDataException($"The training in {context.Folder} was started on other images or boxes of {run.Data.Name} than "
                + $"those of {images.Name}; bring back those it began with, or start a new one.");
        using var detector = DetectorFile.Read(Path.Combine(context.Folder, DetectorCheckpoint.FileName));
        return Train(detector, images, run.ReadOptions<DetectorTrainingOptions>(), context, progress, cancel);
    }

    private static bool Train(Detector detector, AnnotatedImages images, DetectorTrainingOptions options, DetectorContext context,
        Action<DetectorStep>? progress, CancellationToken cancel)
    {
        var checkpoint = Path.Combine(context.Folder, DetectorCheckpoint.FileName);
        var begun = File.Exists(checkpoint);
        detector.To(context.Device);
        detector.Compute(context.Compute);
        MetricsLog? log = null;
        using var trainer = new DetectorTrainer(detector, images, options, context.Folder, context.Device)
        {
            BeforeStep = context.BeforeStep,
            BeforeCheckpoint = () => log?.Sync(),
            OnStep = step =>
            {
                log?.Append(Entry(step));
                progress?.Invoke(step);
            },
        };
        if (begun) trainer.Resume();
        using (log = MetricsLog.Resume(Path.Combine(context.Folder, MetricsLog.FileName), trainer.Step)) return trainer.Run(cancel);
    }

    private static MetricsEntry Entry(DetectorStep step) => new(step.Step, step.Epoch, step.Loss, step.ImagesPerSecond)
    {
        Images = step.Images,
        Metrics = new Dictionary<string, double>
        {
            ["objectness"] = step.Objectness,
            ["proposals"] = step.Proposals,
            ["classes"] = step.Classes,
            ["boxes"] = step.Boxes,
        },
        LearningRate = step.LearningRate,
        GradientNorm = step.GradientNorm,
        Seconds = step.Seconds,
    };
}
