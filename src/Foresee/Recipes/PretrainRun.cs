using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Reports;
using Foresee.Torch;
using Foresee.Training;

namespace Foresee.Recipes;

/// <summary>Where and on what a pretraining runs.</summary>
/// <param name="Folder">Receives run.json, metrics.jsonl, checkpoint.safetensors, encoder.safetensors and three pictures.</param>
/// <param name="Command">As typed, for the record.</param>
/// <param name="Commit">Of the program, or null.</param>
/// <param name="Blas">Name of the BLAS in use, for the record.</param>
public sealed record RunContext(IImageSource Images, string Folder, Device Device, int Threads, string Command, string? Commit, string Blas)
{
    /// <summary>Labelled images that tell now and then how useful the encoder has become; they never touch the loss.</summary>
    public OnlineProbe? Probe { get; init; }
}

/// <param name="Finished">False when it was cancelled: the checkpoint waits for --resume.</param>
/// <param name="Seconds">Of training, over all resumed parts.</param>
/// <param name="Last">The last logged step; null when there was none.</param>
/// <param name="Skipped">Images that could not be read.</param>
/// <param name="SixteenBit">Images read that have 16 bits per channel in their file, of which 8 are used.</param>
/// <param name="Window">How those became 8 bits.</param>
public sealed record PretrainResult(bool Finished, long Step, double Seconds, StepRecord? Last, IReadOnlyList<SkippedImage> Skipped, int SixteenBit, LevelWindow Window);

/// <summary>A whole pretraining run on disk: started, or gone on with.</summary>
public static class PretrainRun
{
    private const int WhiteningImages = 2000;

    /// <exception cref="IOException">The folder holds another run, or can't be written.</exception>
    public static PretrainResult Start(PretrainOptions options, RunContext place, Action<StepRecord>? progress, CancellationToken cancel)
    {
        options = options.Validate() with { Threads = options.Threads > 0 ? options.Threads : place.Threads };
        var description = Path.Combine(place.Folder, RunDescription.FileName);
        if (File.Exists(description)) throw new IOException($"{place.Folder} already holds a run; go on with it by --resume, or choose another --out folder.");
        if (place.Images.Count < options.Training.BatchSize)
            throw new ImageDataException($"The recipe '{options.Recipe}' compares {options.Training.BatchSize} images with each other, and {place.Images.Name} has {place.Images.Count}; add images{(options.Training.BatchSize > 2 ? ", or take the recipe folder, which makes do with 2" : "")}.");
        place.Probe?.Check();
        // The description comes last: a run that can't begin must not leave a folder that looks like one.
        return Train(options, place, progress, cancel, () =>
        {
            Directory.CreateDirectory(place.Folder);
            Describe(options, place).Write(description);
        });
    }

    /// <summary>Goes on with the run of the folder, with the options it was started with. Without a checkpoint yet it starts over.</summary>
    /// <exception cref="InvalidDataException">The images are not those of the run.</exception>
    public static PretrainResult Resume(RunContext place, Action<StepRecord>? progress, CancellationToken cancel)
    {
        var run = RunDescription.Read(Path.Combine(place.Folder, RunDescription.FileName));
        var hash = place.Images.Hash();
        if (run.Data.Hash != hash)
            throw new InvalidDataException($"The run in {place.Folder} was started on {run.Data.Name} ({run.Data.Hash}), these images are {place.Images.Name} ({hash}); name the same images, or start a new run.");
        return Train(run.ReadOptions<PretrainOptions>(), place, progress, cancel, begin: () => { });
    }

    private static PretrainResult Train(PretrainOptions options, RunContext place, Action<StepRecord>? progress, CancellationToken cancel, Action begin)
    {
        Engine.Threads = Math.Max(1, options.Threads);
        using var initial = new Generator((ulong)options.Training.Seed);
        using var method = options.Method.Build(initial, place.Device, options.Compute);
        using var loader = new ImageLoader(place.Images, options.Loading());
        StepRecord? last = null;
        (MetricsLog? log, TensorBoardEvents? events) = (null, null);
        using var encoder = TrainedEncoder.Of(method.Encoder, method.Description, place.Device);
        var probe = place.Probe ?? new OnlineProbe(place.Images);
        using var retrievals = new NearestPatches(options, place.Images);
        var drawn = Path.Combine(place.Folder, PretrainPictures.RetrievalFile);
        using var trainer = new Trainer(method, loader, options.Training, options.Recipe, place.Folder, place.Device)
        {
            Probe = () =>
            {
                retrievals.Write(encoder, drawn);
                return Record(probe.Look(encoder, Math.Max(1, options.Threads)));
            },
            BeforeCheckpoint = () => log!.Sync(),
            OnStep = step =>
            {
                var entry = Entry(step);
                log!.Append(entry);
                events!.Append(entry);
                last = step;
                progress?.Invoke(step);
            },
        };
        begin();
        using var running = Claim(place.Folder);
        if (!File.Exists(Path.Combine(place.Folder, PretrainPictures.AugmentationFile))) PretrainPictures.WriteAugmentation(options, place.Images, place.Folder);
        if (File.Exists(Path.Combine(place.Folder, Checkpoint.FileName))) trainer.Resume();
        else
        {
            if (method.Encoder.Options.Whitening > 0) Whiten(method, encoder, place.Images);
            method.Network.Train(false); // batch statistics are the training's
            retrievals.Write(encoder, Path.Combine(place.Folder, PretrainPictures.UntrainedFile));
        }
        using (log = MetricsLog.Resume(Path.Combine(place.Folder, MetricsLog.FileName), trainer.Step))
        using (events = TensorBoardEvents.Begin(place.Folder, trainer.Step, TimeProvider.System))
        {
            var finished = trainer.Run(cancel);
            if (finished) WriteTrained(retrievals, place, drawn);
            return new(finished, trainer.Step, trainer.Seconds, last, loader.Skipped, loader.SixteenBit, loader.Input.Window);
        }
    }

    /// <summary>Two processes in one run would overwrite each other's checkpoints. The lock is the system's and goes with the process, however that ends.</summary>
    private static FileStream Claim(string folder)
    {
        var path = Path.Combine(folder, ".running");
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new IOException($"Another process is training the run in {folder}; wait for it or stop it, or choose another --out folder.", error);
        }
    }

    /// <summary>By the encoder that the run leaves behind, which may be an average.</summary>
    private static void WriteTrained(NearestPatches retrievals, RunContext place, string path)
    {
        using var trained = TrainedEncoder.Load(place.Folder, place.Device);
        retrievals.Write(trained, path);
    }

    /// <summary>From patches as they are, before any augmentation; the filter is part of the encoder from then on.</summary>
    private static void Whiten(IMethod method, TrainedEncoder encoder, IImageSource images)
    {
        using var scope = TensorScope.Begin();
        var pixels = PixelStatistics.Sample(images, WhiteningImages, encoder.Input);
        method.Encoder.Whiten(encoder.Patches(pixels.To(encoder.Device)));
    }

    private static ProbeRecord Record(ProbeResult look) => new(look.EffectiveRank, look.Accuracy, look.AccuracyChance);

    private static RunDescription Describe(PretrainOptions options, RunContext place) => new()
    {
        Command = place.Command,
        Recipe = options.Recipe,
        Options = RunDescription.OptionsOf(options),
        Seeds = new Dictionary<string, long> { ["run"] = options.Training.Seed },
        Data = new(place.Images.Name, place.Images.Hash(), place.Images.Count),
        Commit = place.Commit,
        Versions = SoftwareVersions.Current(Engine.Version, place.Blas),
        Machine = Machine.Read(),
        Remarks = options.Remarks() is { Count: > 0 } remarks ? remarks : null,
        Precision = options.Compute == DType.BFloat16 ? "bf16 multiplications, f32 weights" : "f32",
        Started = DateTimeOffset.Now,
    };

    private static MetricsEntry Entry(StepRecord step) => new(step.Step, step.Epoch, step.Loss, step.ImagesPerSecond)
    {
        Images = step.Images,
        Chance = step.Chance,
        Accuracy = step.Accuracy,
        AccuracyChance = step.AccuracyChance,
        Accuracies = step.Terms.Select(t => (Parts: t.Name.Split('+'), t.Accuracy)).GroupBy(t => t.Parts[0])
            .ToDictionary(g => g.Key, g => (IReadOnlyDictionary<string, double>)g.ToDictionary(t => t.Parts.ElementAtOrDefault(1) ?? "0", t => t.Accuracy)),
        LearningRate = step.LearningRate,
        GradientNorm = step.GradientNorm,
        Seconds = step.Seconds,
        Waiting = step.Waiting,
        EffectiveRank = step.Probe?.EffectiveRank,
        ProbeAccuracy = step.Probe?.Accuracy,
        ProbeChance = step.Probe?.AccuracyChance,
    };
}
