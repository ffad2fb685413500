using System.Diagnostics;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Recipes;
using Foresee.Reports;
using Foresee.Starts;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Interop;
using Foresee.Training;

namespace Foresee.Runs;

/// <summary>A whole pretraining run on disk: started, or gone on with.</summary>
public static class PretrainRun
{
    /// <exception cref="IOException">The folder holds another run, or can't be written.</exception>
    public static PretrainResult Start(PretrainOptions options, RunContext context, Action<StepRecord>? progress, CancellationToken cancel)
    {
        options = options.Validate() with { Threads = Math.Max(1, options.Threads > 0 ? options.Threads : context.Threads) };
        var description = context.In(RunDescription.FileName);
        if (File.Exists(description))
            throw new IOException($"{context.Folder} already holds a run; go on with it by --resume, or choose another --out folder.");
        if (context.Images.Count < options.Training.BatchSize)
            throw new ImageDataException($"The recipe '{options.Recipe}' compares {options.Training.BatchSize} images with each other, and "
                + $"{context.Images.Name} has {context.Images.Count}; add "
                + $"images{(options.Training.BatchSize > 2 ? ", or take the recipe folder, which makes do with 2" : "")}.");
        context.Share.Check(options.Method, options.Training.BatchSize);
        context.Probe?.Check();
        context.Doing?.Invoke("making the network");
        using var learning = new Learning(options, context); // first: a run that can't begin must not leave a folder that looks like one
        Directory.CreateDirectory(context.Folder);
        context.Doing?.Invoke($"reading all files of {context.Images.Name} once, to know them again");
        var run = Describe(options, context, cancel);
        run.Write(description);
        SourceRecord.Write(context.Images, context.In(SourceRecord.FileName), cancel);
        return Train(learning, options, context, run.Data.Hash, progress, cancel);
    }

    /// <summary>
    /// Goes on with the run of the folder, with the options it was started with. Without a checkpoint yet it starts over.
    /// </summary>
    /// <exception cref="InvalidDataException">The images are not those of the run.</exception>
    public static PretrainResult Resume(RunContext context, Action<StepRecord>? progress, CancellationToken cancel)
    {
        var run = RunDescription.Read(context.In(RunDescription.FileName));
        context.Doing?.Invoke($"reading all files of {context.Images.Name} once, to see whether they are the run's");
        var hash = context.Images.Hash(cancel);
        if (run.Data.Hash != hash)
            throw new InvalidDataException($"The run in {context.Folder} was started on other images of {run.Data.Name} than those of "
                + $"{context.Images.Name} "
                + $"({SourceRecord.Differences(context.In(SourceRecord.FileName), context.Images, cancel) ?? $"{run.Data.Hash} then, {hash} now"}); "
                + "bring back the images it began with, or start a new run.");
        var options = OlderRuns.Options(run);
        context.Share.Check(options.Method, options.Training.BatchSize);
        context.Doing?.Invoke("making the network");
        using var learning = new Learning(options, context);
        return Train(learning, options, context, hash, progress, cancel);
    }

    /// <summary>Trains with rank 0, which starts the run or goes on with it, writes all files and says what to do.</summary>
    /// <param name="context">Of its folder nothing is read or written.</param>
    /// <returns>True when the budget is used up.</returns>
    /// <exception cref="InvalidDataException">The images are not those of rank 0.</exception>
    /// <exception cref="GroupException">Another rank is gone or late.</exception>
    public static bool Follow(RunContext context, CancellationToken cancel)
    {
        var hash = context.Images.Hash(cancel); // meanwhile rank 0 does the same
        if (RankCall.Hear(context.Share) is not { } call) return false;
        if (call.Hash != hash)
            throw new InvalidDataException($"{context.Images.Name} has other images on {context.Share.Group!.Name} than on rank 0 ({hash}, "
                + $"there {call.Hash}); give all ranks the same files under the same names.");
        using var learning = new Learning(call.Options, context);
        using var operators = Engine.UseOperatorThreads(Math.Max(1, call.Options.Threads));
        if (call.Options.Method.IsClosedForm) return learning.Measure(cancel);
        if (!call.Begun) learning.Calibrate(context.Images, cancel);
        context.Share.Align(learning.Method.Network);
        using var trainer = learning.NewTrainer(call.Options);
        if (call.Begun) trainer.Resume();
        var finished = trainer.Run(cancel);
        context.Share.Group!.Barrier();
        return finished;
    }

    /// <summary>Rank 0 has nothing to train: the others, who wait in <see cref="Follow"/>, return.</summary>
    public static void Refuse(BatchShare share) => share.Group?.Share([]);

    private static PretrainResult Train(Learning learning, PretrainOptions options, RunContext context, string hash,
        Action<StepRecord>? progress, CancellationToken cancel)
    {
        try
        {
            return TrainHere(learning, options, context, hash, progress, cancel);
        }
        catch (GroupException lost)
        {
            var path = context.In(Checkpoint.FileName);
            throw new GroupException(lost.Message + (File.Exists(path)
                ? FormattableString.Invariant($" The last good checkpoint, of step {Checkpoint.StepsOf(path).Step:N0}, is in {context.Folder}; ")
                    + "start all ranks again with --resume, as many as you like."
                : " No checkpoint had been written yet."), lost);
        }
    }

    private static PretrainResult TrainHere(Learning learning, PretrainOptions options, RunContext context, string hash,
        Action<StepRecord>? progress, CancellationToken cancel)
    {
        using var claim = Claim(context.Folder);
        using var operators = Engine.UseOperatorThreads(Math.Max(1, options.Threads));
        using var looks = new OnlineLooks(options, context, learning.Encoder);
        context.Doing?.Invoke("drawing the augmentation");
        looks.DrawAugmentation();
        var begun = File.Exists(context.In(Checkpoint.FileName));
        new RankCall(options, begun, hash).Tell(context.Share);
        if (options.Method.IsClosedForm) return ClosedForm(learning, options, context, looks, cancel);
        if (!begun) learning.Calibrate(context.Images);
        context.Share.Align(learning.Method.Network);
        using var log = new RunLog(context.Folder, begun ? learning.CheckpointStep : 0);
        using var trainer = learning.NewTrainer(options,
            beforeStep: (step, steps) =>
                context.Doing?.Invoke(FormattableString.Invariant($"step {step:N0}{(steps > 0 ? $" of {steps:N0}" : "")}")),
            probe: () =>
            {
                context.Doing?.Invoke("looking at what the encoder has learnt");
                return looks.Take();
            },
            beforeCheckpoint: skipped =>
            {
                log.Sync();
                UnreadableFile.Add(context.Folder, skipped);
            },
            onStep: step =>
            {
                log.Append(step);
                progress?.Invoke(step);
            });
        if (!begun) context.Doing?.Invoke("drawing what is near to what before learning");
        if (begun) trainer.Resume();
        else looks.DrawUntrained(learning.Method.Network);
        context.Doing?.Invoke("reading the first images to learn from");
        var finished = trainer.Run(cancel);
        context.Share.Group?.Barrier();
        context.Doing?.Invoke("drawing what is near to what");
        if (finished) looks.DrawTrained(learning.Method);
        var loader = learning.Loader;
        return new(finished, trainer.Step, trainer.Seconds, log.Last, trainer.Skipped, loader.SixteenBit, options.Input.Window)
        {
            Failed = looks.Failed,
            WithMorePictures = loader.WithMorePictures,
        };
    }

    /// <summary>Without steps: the encoder measures what it keeps. Stopped before its end it leaves nothing and begins anew.</summary>
    private static PretrainResult ClosedForm(Learning learning, PretrainOptions options, RunContext context, OnlineLooks looks,
        CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var finished = learning.Measure(cancel);
        if (finished)
        {
            learning.Method.Network.Train(false);
            EncoderFile.Write(context.In(EncoderFile.FileName), learning.Method.Encoder);
            context.Doing?.Invoke("drawing what is near to what");
            looks.DrawTrained(learning.Method);
        }
        var loader = learning.Loader;
        return new(finished, 0, clock.Elapsed.TotalSeconds, null, learning.Skipped, loader.SixteenBit, options.Input.Window)
        {
            Failed = looks.Failed,
            WithMorePictures = loader.WithMorePictures,
        };
    }

    /// <summary>
    /// Two processes in one run would overwrite each other's checkpoints. The lock is the system's and goes with the process, however that
    /// ends.
    /// </summary>
    private static FileStream Claim(string folder)
    {
        var path = Path.Combine(folder, RunProgress.ClaimFile);
        try
        {
            return new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new IOException($"Another process is training the run in {folder}; wait for it or stop it, or choose another --out "
                + "folder.", error);
        }
    }

    private static RunDescription Describe(PretrainOptions options, RunContext context, CancellationToken cancel) => new()
    {
        Command = context.Command,
        Recipe = options.Recipe,
        Options = RunDescription.OptionsOf(options),
        Seeds = new Dictionary<string, long> { ["run"] = options.Training.Seed },
        Data = new(context.Images.Name, context.Images.Hash(cancel), context.Images.Count),
        Commit = context.Commit,
        Versions = SoftwareVersions.Current(Engine.Version, context.Blas),
        Machine = Machine.Read(),
        Remarks = Remarks(options, context) is { Count: > 0 } remarks ? remarks : null,
        Precision = (options.Compute == DType.BFloat16 ? "bf16 multiplications, f32 weights" : "f32")
            + (context.Device.Type == DeviceType.Cpu ? $"; {Kernels.Description}" : ""),
        Started = DateTimeOffset.Now,
    };

    private static IReadOnlyList<string> Remarks(PretrainOptions options, RunContext context) =>
        [.. options.Remarks(), .. context.Images.PassedOver.Select(item => $"passed over {item}"),
            .. context.Share.Describe(options.Method, options.Training.BatchSize) is { } share ? new[] { share } : []];

    /// <summary>What learns, and what from.</summary>
    private sealed class Learning : IDisposable
    {
        private readonly RunContext context;
        private readonly SkippedByAll skipped;

        public Learning(PretrainOptions options, RunContext context)
        {
            this.context = context;
            using var operators = Engine.UseOperatorThreads(Math.Max(1, options.Threads));
            using var initial = new Generator((ulong)options.Training.Seed);
            // of the other ranks, which have rank 0's weights, nobody needs the file
            using var start = !context.Share.Writes || File.Exists(context.In(Checkpoint.FileName)) ? null : options.Start?.Read();
            Method = options.Method.Build(new(options.Input, initial, context.Device, options.Compute, Math.Max(1, options.Threads))
            {
                Start = start is null ? null : StartingPoint.Weights(start, options.Input.Channels),
                Images = context.Images.Count,
                Clips = context.Images.Clips,
                Share = context.Share,
            });
            var loading = options.LearningFrom();
            if (!options.Method.IsClosedForm) loading = loading with { Part = context.Share.Rank, Parts = context.Share.Ranks };
            Loader = new(context.Images, loading);
            skipped = new(Loader, context.Share);
            Encoder = TrainedEncoder.Of(Method.Encoder, context.Device);
        }

        public IMethod Method { get; }
        public ImageLoader Loader { get; }
        public TrainedEncoder Encoder { get; }

        /// <summary>What a closed form could not read, on any rank.</summary>
        public IReadOnlyList<SkippedImage> Skipped => skipped.All;

        public Trainer NewTrainer(PretrainOptions options, Action<long, long>? beforeStep = null, Func<ProbeResult?>? probe = null,
            Action<IReadOnlyList<SkippedImage>>? beforeCheckpoint = null, Action<StepRecord>? onStep = null) =>
            new(Method, Loader, options.Training, options.Recipe, context.Folder, context.Device, Math.Max(1, options.Threads),
                context.Share)
            {
                BeforeStep = beforeStep,
                Probe = probe,
                BeforeCheckpoint = beforeCheckpoint,
                OnStep = onStep,
            };

        /// <summary>Steps that the folder's checkpoint has done.</summary>
        public long CheckpointStep => Checkpoint.StepsOf(context.In(Checkpoint.FileName)).Step;

        /// <summary>A closed form, by all ranks.</summary>
        /// <returns>False where it was stopped.</returns>
        public bool Measure(CancellationToken cancel)
        {
            try
            {
                Calibrate(context.Images, new Calibration { Doing = context.Doing, Cancel = cancel, Group = context.Share.Group });
            }
            catch (OperationCanceledException) when (context.Share.Group is not null || cancel.IsCancellationRequested)
            {
                return false;
            }
            if (context.Share.Group is not null) skipped.Tell();
            return true;
        }

        /// <summary>From images as they are, before any augmentation; what is measured is part of the encoder from then on.</summary>
        public void Calibrate(IImageSource images, CancellationToken cancel = default) =>
            Calibrate(images, new Calibration { Doing = context.Doing, Cancel = cancel });

        private void Calibrate(IImageSource images, Calibration work)
        {
            if (Method.Encoder.CalibrationImages == 0) return;
            var count = Math.Min(images.Count, Method.Encoder.CalibrationImages);
            context.Doing?.Invoke(string.Create(CultureInfo.InvariantCulture, $"measuring {count:N0} images before the first step"));
            if (Method.Encoder is IMeasuresInPasses passes)
            {
                int[] chosen = [.. EvenSample.Of(images.Count, count)];
                passes.Calibrate((from, some) => Pass(chosen, from, some), count, work);
                return;
            }
            using var scope = TensorScope.Begin();
            var pixels = PixelStatistics.Sample(images, Method.Encoder.CalibrationImages, Encoder.Input);
            Method.Encoder.Calibrate(Encoder.Normalised(pixels.To(Encoder.Device)), work);
        }

        /// <summary>Some of the images chosen, normalised.</summary>
        private IEnumerable<PassBatch> Pass(int[] chosen, int from, int count)
        {
            var some = chosen[from..(from + count)];
            foreach (var batch in count < chosen.Length ? Loader.PartOfPass(some) : Loader.Pass(some))
            {
                int[] places = [.. batch.Indices.Select(index => Array.BinarySearch(chosen, index))];
                using var images = Normalised(batch);
                yield return new(places, images);
            }
        }

        private Tensor Normalised(ImageBatch batch)
        {
            using var scope = TensorScope.Begin(); // not open while a batch is looked at, where it would take what others keep
            using (batch) return TensorScope.Detach(Encoder.Normalised(batch.ToTensor().To(Encoder.Device).To(DType.Float32) / 255));
        }

        public void Dispose()
        {
            Encoder.Dispose();
            Loader.Dispose();
            Method.Dispose();
        }
    }
}
