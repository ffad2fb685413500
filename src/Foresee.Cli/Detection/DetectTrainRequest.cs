using System.Globalization;
using System.Text.Json;
using Foresee.Detection;
using Foresee.Encoders;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Cli;

/// <summary>What detect train was asked; null where nothing was typed.</summary>
/// <param name="Command">As typed, for the record.</param>
internal sealed record DetectTrainRequest(string Data, string Output, string Command)
{
    private const string UsualSplit = "train";

    public string? Start { get; init; }
    public bool Random { get; init; }
    public bool Frozen { get; init; }
    public DetectorNetwork? Network { get; init; }
    public string? Split { get; init; }
    public double? Share { get; init; }
    public CanvasSize? Size { get; init; }
    public double? Epochs { get; init; }
    public int? Batch { get; init; }
    public double? Rate { get; init; }
    public DetectorSchedule? Schedule { get; init; }
    public DetectorMirror? Mirror { get; init; }
    public int? Seed { get; init; }
    public string? Precision { get; init; }
    public double? CheckpointSeconds { get; init; }
    public bool Resume { get; init; }
    public FileInfo? Json { get; init; }
    public int Threads { get; init; } = 1;

    /// <summary>Whether its stored weights are what the encoder begins with.</summary>
    private bool Pretrained => Start is not null && !Random;

    /// <exception cref="UsageException">The options contradict each other, or what the folder holds.</exception>
    public void Check()
    {
        if (Random && Start is null) throw new UsageException("--random draws the weights of --start anew; name one, or leave --random out.");
        if (Frozen && !Pretrained)
            throw new UsageException("--frozen leaves the encoder as it is, which says nothing with random weights; name trained ones with "
                + "--start, and leave --random out.");
        if (Share > 1) throw new UsageException(FormattableString.Invariant($"--share must be at most 1, got {Share}."));
        if (DetectorRun.Described(Output) is not { } run)
        {
            if (Resume) throw new UsageException($"{Output} holds no training to go on with; leave out --resume to start one.");
            return;
        }
        if (!Resume) throw new UsageException($"{Output} already holds a training; go on with it by --resume, or choose another --out.");
        var begun = run.ReadOptions<DetectorTrainingOptions>();
        var differences = Differences(RunDescription.OptionsOf(begun), RunDescription.OptionsOf(Typed(begun))).ToList();
        if (Precision is { } typed && typed != PrecisionOf(run)) differences.Add($"precision {PrecisionOf(run)}, the line says {typed}");
        if (differences.Count > 0)
            throw new UsageException($"The training in {Output} began with other options ({string.Join("; ", differences)}). It goes on with "
                + "those: leave yours out, or start a new training in another --out.");
    }

    /// <summary>"batch_size 4, the line says 8".</summary>
    private static IEnumerable<string> Differences(JsonElement own, JsonElement typed) => own.EnumerateObject().SelectMany(option =>
        (option.Value, typed.GetProperty(option.Name)) switch
        {
            ({ ValueKind: JsonValueKind.Object } inner, var other) => Differences(inner, other),
            var (value, other) when value.GetRawText() != other.GetRawText() => [$"{option.Name} {value}, the line says {other}"],
            _ => [],
        });

    public int Run(Terminal terminal, Device device)
    {
        using var interruption = new Interruption(terminal);
        var begun = DetectorRun.Described(Output);
        var options = Typed(begun?.ReadOptions<DetectorTrainingOptions>() ?? new());
        if (options.Split is null && VocFolder.Splits(Data).Contains(UsualSplit)) options = options with { Split = UsualSplit };
        var images = DetectCommand.Open(terminal, Data, options.Split, Threads, interruption.Token);
        if (options.Share < 1) images = images.Share(options.Share, options.Seed);
        images.ExpectObjects();
        OutputFolder.Prepare(Output);
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"{images.Images.Count:N0} images of {images.Name} with {images.Objects:N0} boxes: "
            + $"{string.Join(", ", images.Classes.Select(name => $"{name} {images.Images.Sum(image => image.Objects.Count(o => o.Class == name))}"))}"));
        var compute = Cli.Precision.For(device, begun is null ? Precision : PrecisionOf(begun));
        terminal.Line($"computing in {compute}");
        DetectorStep? last = null;
        var finished = new ProgressView(terminal).Show((show, doing) =>
        {
            var context = new DetectorContext(Output, device, compute.Type, Command, Commit.Read(), Pretraining.Blas())
            {
                BeforeStep = (step, steps) => doing(FormattableString.Invariant($"step {step:N0} of {steps:N0}")),
            };
            void Step(DetectorStep step) => show(Shown(last = step));
            return Resume ? DetectorRun.Resume(images, context, Step, interruption.Token)
                : Begin(terminal, images, options, context, Step, interruption.Token);
        });
        JsonFile.Write(Json, DetectTrainFields.Of(Output, images, finished, last));
        if (!finished)
        {
            terminal.Line($"stopped, and a checkpoint is in {Output}; this goes on: {(Resume ? Command : Command + " --resume")}");
            return ExitCode.Failed;
        }
        terminal.Line($"finished: {Path.Combine(Output, DetectorFile.FileName)}");
        string[] split = VocFolder.Splits(Data) is { Count: > 0 } splits ? ["--split", splits.Contains("val") ? "val" : "test"] : [];
        terminal.Line($"next: {Launcher.Command(["detect", "evaluate", Shell.Path(Output), Shell.Path(Data), .. split, "--out",
            Shell.Path(Path.Combine(Output, split is [_, var name] ? name : "all"))])}");
        return ExitCode.Success;
    }

    /// <param name="options">As typed, whatever the encoder is.</param>
    private bool Begin(Terminal terminal, AnnotatedImages images, DetectorTrainingOptions options, DetectorContext context,
        Action<DetectorStep> step, CancellationToken cancel)
    {
        using var generator = new Generator((ulong)(Seed ?? 0));
        var canvas = Size ?? DetectorStart.Canvas(images.Images);
        var source = Start is null ? null : EncoderSource.Of(Start);
        try
        {
            using var start = source is null ? null : EncoderFile.Read(source.Path);
            var encoder = start is null ? DetectorStart.Random(canvas, generator) : DetectorStart.At(start, canvas, !Random, generator);
            var usual = encoder is PatchGridEncoder ? DetectorNetwork.Grid : DetectorNetwork.Pyramid;
            options = options with
            {
                Detector = options.Detector with { Network = Network ?? usual },
                FrozenNorms = Pretrained,
                FrozenStem = Pretrained,
            };
            using var detector = new Detector(options.Detector, images.Classes, encoder, generator);
            var named = NameOf(source);
            terminal.Line($"{options.Detector.Network} on {encoder.Options.Describe(encoder.Input)}; start: {named}; "
                + $"canvas {canvas.Width} x {canvas.Height} px");
            return DetectorRun.Begin(detector, images, options, named, context, step, cancel);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(error.Message, error);
        }
    }

    private DetectorTrainingOptions Typed(DetectorTrainingOptions options)
    {
        var batch = Batch ?? options.BatchSize;
        return options with
        {
            Start = options.Start is null || Start is null ? options.Start : NameOf(EncoderSource.Of(Start)),
            Canvas = options.Canvas is null ? null : Size ?? options.Canvas,
            Detector = options.Detector with { Network = Network ?? options.Detector.Network },
            Split = Split ?? options.Split,
            Share = Share ?? options.Share,
            Epochs = Epochs ?? options.Epochs,
            BatchSize = batch,
            LearningRate = Rate ?? (batch == options.BatchSize ? options.LearningRate : 0.0025 * batch), // the same batch keeps its rate
            Schedule = Schedule ?? options.Schedule,
            Mirror = Mirror ?? options.Mirror,
            Frozen = Frozen || options.Frozen,
            Seed = Seed ?? options.Seed,
            CheckpointSeconds = CheckpointSeconds ?? options.CheckpointSeconds,
        };
    }

    private string NameOf(EncoderSource? start) =>
        start is null ? "random weights" : Random ? $"{start.Name}, weights drawn anew" : start.Name;

    private static string PrecisionOf(RunDescription run) => run.Precision?.StartsWith("bf16", StringComparison.Ordinal) == true ? "bf16" : "f32";

    private static StepRecord Shown(DetectorStep step)
    {
        MetricValue Value(string name, double value) => new(name, value, null, null, 0);
        return new(step.Step, step.Steps, step.Epoch, step.Images, step.Loss, null, null, null,
            [Value("objectness", step.Objectness), Value("proposals", step.Proposals), Value("classes", step.Classes), Value("boxes", step.Boxes)],
            step.LearningRate, step.GradientNorm, step.ImagesPerSecond, step.Seconds, 0);
    }
}

/// <summary>The fields of detect train --json; the loss of the last logged step.</summary>
internal sealed record DetectTrainFields(string Detector, string Data, int Images, int Boxes, IReadOnlyList<string> Classes, bool Finished,
    long? Step, long? Steps, double? Seconds, double? Loss, IReadOnlyList<string> Remarks)
{
    public static DetectTrainFields Of(string folder, AnnotatedImages images, bool finished, DetectorStep? last) => new(folder, images.Name,
        images.Images.Count, images.Objects, images.Classes, finished, last?.Step, last?.Steps, last?.Seconds, last?.Loss, images.Remarks);
}
