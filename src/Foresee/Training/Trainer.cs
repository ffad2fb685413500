using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Distributed;
using Foresee.Torch.Optimisers;

namespace Foresee.Training;

/// <summary>
/// The loop of pretraining. It holds images and a method; no type here can hold a label.
/// </summary>
/// <param name="recipe">Written into the checkpoint, checked on resuming.</param>
/// <param name="folder">Receives checkpoint.safetensors and encoder.safetensors.</param>
/// <param name="threads">To share out over a batch.</param>
/// <param name="share">This process's part of each batch, the loader's and the method's, too; null for all of it.</param>
public sealed class Trainer(IMethod method, ImageLoader loader, TrainingOptions options, string recipe, string folder, Device device,
    int threads, BatchShare? share = null) : IDisposable
{
    private readonly BatchShare share = share ?? BatchShare.Whole;
    private readonly PhaseTraining[] phases =
        [.. method.Phases.Select(phase => new PhaseTraining(phase, method, options, device, threads, share ?? BatchShare.Whole))];
    private readonly WeightAverage? average = options.AverageDecay > 0 ? new(method.Network.Parameters(), options.AverageDecay) : null;
    private readonly Generator generator = new((ulong)options.Seed);
    private readonly TimePlan plan = new(options.Budget.Minutes);
    private readonly DivergenceGuard guard = new(options, Path.Combine(folder, Checkpoint.FileName));
    private Checkpoint done = new(recipe, 0, options.Validate().Budget.Steps(loader.Source.Count, options.BatchSize) ?? 0, 0, default)
    {
        Ranks = share?.Ranks ?? 1,
    };
    private double secondsBefore, checkpointAt;
    private long? startedAt;
    private Window window;
    private readonly SkippedByAll skipped = new(loader, share ?? BatchShare.Whole);
    private bool stopping; // of several processes one was asked to

    /// <summary>Every <see cref="TrainingOptions.LogEvery"/> steps, and at the last.</summary>
    public Action<StepRecord>? OnStep { get; init; }

    /// <summary>
    /// The online probe, at the first logged step, every <see cref="TrainingOptions.ProbeEvery"/> steps and at the last. It takes no part
    /// in training: the loss is the same with and without it.
    /// </summary>
    public Func<ProbeResult?>? Probe { get; init; }

    /// <summary>The number of the step that begins, from 1, and of all that are planned, 0 while that is not known.</summary>
    public Action<long, long>? BeforeStep { get; init; }

    /// <summary>Before a checkpoint is written, with <see cref="Skipped"/>: what was logged should reach the disk first.</summary>
    public Action<IReadOnlyList<SkippedImage>>? BeforeCheckpoint { get; init; }

    /// <summary>What a budget in minutes is measured by.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Steps that are already done.</summary>
    public long Step => done.Step;

    /// <summary>Images that could not be read, by any of the processes.</summary>
    public IReadOnlyList<SkippedImage> Skipped => skipped.All;

    /// <summary>Of training, over all resumed parts.</summary>
    public double Seconds => secondsBefore + (startedAt is { } start ? Time.GetElapsedTime(start).TotalSeconds : 0);

    private string CheckpointPath => Path.Combine(folder, Checkpoint.FileName);

    private bool Finished => done.Steps > 0 && done.Step >= done.Steps;

    /// <summary>Goes on from the folder's checkpoint.</summary>
    public void Resume()
    {
        var path = share.Group is { } group ? Checkpoint.Fetch(CheckpointPath, group) : CheckpointPath;
        try
        {
            done = Checkpoint.Restore(path, recipe, method.Network, phases, average, generator) with { Ranks = share.Ranks };
        }
        finally
        {
            if (!share.Writes) File.Delete(path); // a copy of rank 0's
        }
        secondsBefore = done.Seconds;
        plan.Resume(done.Step, done.Steps, Seconds);
    }

    /// <summary>
    /// Trains to the end of the budget, or until cancelled. A checkpoint is written either way, unless the loss is on its way up from the
    /// one that is there.
    /// </summary>
    /// <returns>True when the budget is used up.</returns>
    /// <exception cref="TrainingException">The run has diverged; the last good checkpoint stays.</exception>
    /// <exception cref="GroupException">Another process is gone or late; likewise.</exception>
    public bool Run(CancellationToken cancel)
    {
        if (Finished) return true;
        using var operators = Engine.UseOperatorThreads(phases.Min(phase => phase.OperatorThreads));
        method.Network.Train();
        startedAt = Time.GetTimestamp();
        try
        {
            Loop(cancel);
            if (guard.Sound || !File.Exists(CheckpointPath)) Save();
            return Finished;
        }
        catch (TorchException) when (share.Group?.Failure is { } lost) // a backward hands on nothing but the message
        {
            throw lost;
        }
        finally
        {
            (secondsBefore, startedAt) = (Seconds, null);
        }
    }

    private void Loop(CancellationToken cancel)
    {
        checkpointAt = Seconds + options.CheckpointSeconds;
        window = new(done.Step, Seconds, loader.WaitingSeconds);
        foreach (var batch in loader.Batches(done.Position))
        {
            using (batch) Take(batch, cancel);
            if (Finished || stopping || (share.Group is null && cancel.IsCancellationRequested)) return;
            if (Seconds >= checkpointAt && guard.Sound) Save();
        }
    }

    /// <summary>One step: prepare, forward, backward, update, plan, log.</summary>
    private void Take(ImageBatch batch, CancellationToken cancel)
    {
        BeforeStep?.Invoke(done.Step + 1, done.Steps);
        if (done.Position.Index == 0)
            method.BeforeEpoch(new(done.Position.Epoch, loader.Source.Count, () => EpochFeatures.Of(method.Encoder, loader, device)));
        var log = (done.Step + 1) % options.LogEvery == 0 || done.Step + 1 == done.Steps;
        var rate = LearningRate();
        (StepValues Values, double Norm)[] results;
        using (TensorScope.Begin())
        {
            var inputs = method.Prepare(batch, generator);
            results = Array.ConvertAll(phases, phase => phase.Step(inputs, rate, log, values => guard.Check(values, done.Step + 1)));
            method.AfterStep(done.Step + 1, done.Steps);
            share.Settle(method.Network);
            average?.Update(done.Step + 1);
        }
        var seconds = Agree(cancel);
        done = done with { Step = done.Step + 1, Position = batch.Next, Seconds = seconds };
        if (plan.Next(done.Step, done.Steps, seconds) is { } steps)
        {
            done = done with { Steps = steps };
            if (guard.Sound) Save(); // measured again after a kill, the plan would be another
        }
        if (log) OnStep?.Invoke(Record([.. results.SelectMany(r => r.Values.Metrics)], results[0].Values, results[0].Norm, rate));
    }

    /// <summary>
    /// What all processes must see alike: the time that rank 0 has measured, by which steps are planned, whether anyone wants to stop, and
    /// whether anyone has met an image that can't be read.
    /// </summary>
    private double Agree(CancellationToken cancel)
    {
        var seconds = Seconds;
        if (share.Group is not { } group) return seconds;
        using var scope = TensorScope.Begin();
        var told = Tensor.From<double>([cancel.IsCancellationRequested ? 1 : 0, share.Writes ? seconds : 0, skipped.HasNew ? 1 : 0]);
        group.Greatest(told);
        var heard = told.ToArray<double>();
        stopping = heard[0] > 0;
        if (heard[2] > 0) skipped.Tell();
        return heard[1];
    }

    /// <summary>Linear warm-up, then a cosine to the final rate at the last step.</summary>
    private double LearningRate()
    {
        var rate = options.Optimiser.LearningRate;
        return done.Step < options.WarmUpSteps || done.Steps == 0
            ? rate * Math.Min(1.0, (done.Step + 1.0) / Math.Max(1, options.WarmUpSteps))
            : new WarmUpCosine(rate, options.WarmUpSteps, done.Steps, options.FinalRate * rate).At(done.Step);
    }

    private StepRecord Record(IReadOnlyList<MetricValue> metrics, StepValues values, double norm, double rate)
    {
        var now = new Window(done.Step, Seconds, loader.WaitingSeconds);
        var elapsed = Math.Max(1e-9, now.Seconds - window.Seconds);
        var images = done.Step * options.BatchSize;
        var (losses, accuracies) = (Named(metrics, Metric.Loss), Named(metrics, Metric.Accuracy));
        var record = new StepRecord(done.Step, done.Steps, (double)images / loader.Source.Count, images,
            losses.Length > 0 ? losses.Average(m => m.Value) : values.Total, losses.Length > 0
            ? losses.Average(m => m.ChanceLevel)
            : values.ChanceLevel,
            accuracies.Length > 0 ? accuracies.Average(m => m.Value) : null, accuracies.Length > 0
            ? accuracies.Average(m => m.ChanceLevel)
            : null,
            metrics, rate, norm, (now.Step - window.Step) * options.BatchSize / elapsed, Seconds, (now.Waiting - window.Waiting) / elapsed)
        {
            // the first is what there was before learning
            Probe = done.Step == options.LogEvery || done.Step % options.ProbeEvery == 0 || Finished ? Look() : null,
        };
        window = new Window(done.Step, Seconds, loader.WaitingSeconds); // the probe is no part of the speed
        return record;
    }

    private static MetricValue[] Named(IReadOnlyList<MetricValue> metrics, string name) =>
        [.. metrics.Where(metric => metric.Name == name)];

    private ProbeResult? Look()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        method.Network.Train(false);
        try
        {
            using (average?.SwapIn()) return Probe?.Invoke(); // what will be the encoder
        }
        finally
        {
            method.Network.Train();
        }
    }

    private void Save()
    {
        if (!share.Writes) return;
        BeforeCheckpoint?.Invoke(Skipped);
        // The encoder first: a run whose last checkpoint is there has its encoder too, whenever it is killed.
        using (average?.SwapIn()) EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), method.Encoder);
        done.Write(CheckpointPath, method.Network, phases, average, generator);
        checkpointAt = Seconds + options.CheckpointSeconds;
    }

    public void Dispose()
    {
        foreach (var phase in phases) phase.Dispose();
        average?.Dispose();
        generator.Dispose();
    }

    private readonly record struct Window(long Step, double Seconds, double Waiting);
}
