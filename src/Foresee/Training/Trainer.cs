using System.Diagnostics;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Training;

/// <summary>
/// The loop of pretraining. It holds images and a method; no type here can hold a label.
/// </summary>
/// <param name="folder">Receives checkpoint.safetensors and encoder.safetensors.</param>
/// <param name="recipe">Written into the checkpoint, checked on resuming.</param>
public sealed class Trainer(IMethod method, ImageLoader loader, TrainingOptions options, string recipe, string folder, Device device) : IDisposable
{
    private readonly GradientParts gradients = new(method, options.BatchSize, device, options.AccumulateImages);
    private readonly AdamW optimiser = new(method.Network.Parameters(), options.LearningRate, options.Beta1, options.Beta2, weightDecay: options.WeightDecay);
    private readonly WeightAverage? average = options.AverageDecay > 0 ? new(method.Network.Parameters(), options.AverageDecay) : null;
    private readonly Generator generator = new((ulong)options.Seed, device);
    private readonly Stopwatch clock = new();
    private Checkpoint done = new(recipe, 0, options.Validate().Budget.Steps(loader.Source.Count, options.BatchSize) ?? 0, 0, default);
    private double secondsBefore, checkpointAt;
    private (long Step, double Seconds) speedFrom;
    private (double Share, long Step) replanAt;
    private bool sound = true; // whether the last loss was one of a run that learns

    // Of chance.
    private const double SoundLoss = 1.5, DivergedLoss = 3;

    /// <summary>Every <see cref="TrainingOptions.LogEvery"/> steps, and at the last.</summary>
    public Action<StepRecord>? OnStep { get; init; }

    /// <summary>A look at the encoder at the first logged step, every <see cref="TrainingOptions.ProbeEvery"/> steps and at the last. It takes no part in training: the loss is the same with and without it.</summary>
    public Func<ProbeRecord>? Probe { get; init; }

    /// <summary>Before a checkpoint is written: what was logged should reach the disk first.</summary>
    public Action? BeforeCheckpoint { get; init; }

    /// <summary>Steps that are already done.</summary>
    public long Step => done.Step;

    /// <summary>Of training, over all resumed parts.</summary>
    public double Seconds => secondsBefore + clock.Elapsed.TotalSeconds;
    private string CheckpointPath => Path.Combine(folder, Checkpoint.FileName);

    /// <summary>Goes on from the folder's checkpoint.</summary>
    public void Resume()
    {
        done = Checkpoint.Restore(CheckpointPath, recipe, method.Network, optimiser, average, generator);
        secondsBefore = done.Seconds;
        if (options.Budget.Minutes is { } minutes && done.Steps > 0) Planned(Seconds / (60 * minutes));
    }

    /// <summary>Trains to the end of the budget, or until cancelled; a checkpoint is written either way, unless the loss is on its way up from the one that is there.</summary>
    /// <returns>True when the budget is used up.</returns>
    /// <exception cref="TrainingException">The loss stopped being a number; the last good checkpoint stays.</exception>
    public bool Run(CancellationToken cancel)
    {
        if (Finished) return true;
        var threads = Engine.Threads;
        Engine.Threads = gradients.ThreadsBetween;
        try
        {
            method.Network.Train();
            clock.Start();
            Loop(cancel);
            if (sound || !File.Exists(CheckpointPath)) Save();
            return Finished;
        }
        finally
        {
            clock.Stop();
            Engine.Threads = threads;
        }
    }

    private void Loop(CancellationToken cancel)
    {
        checkpointAt = Seconds + options.CheckpointSeconds;
        var window = new Window(done.Step, Seconds, loader.WaitingSeconds);
        foreach (var batch in loader.Batches(done.Position))
        {
            using (batch)
            {
                var log = (done.Step + 1) % options.LogEvery == 0 || done.Step + 1 == done.Steps;
                var result = TrainOn(batch, log);
                done = done with { Step = done.Step + 1, Position = batch.Next, Seconds = Seconds };
                PlanTime();
                if (log) OnStep?.Invoke(Record(result!, ref window));
            }
            if (Finished || cancel.IsCancellationRequested) return;
            if (Seconds >= checkpointAt && sound) Save();
        }
    }

    private bool Finished => done.Steps > 0 && done.Step >= done.Steps;

    private StepResult? TrainOn(ImageBatch batch, bool log)
    {
        using var scope = TensorScope.Begin();
        optimiser.LearningRate = LearningRate();
        optimiser.ZeroGrad();
        var augmented = method.Augment(batch.Pixels.To(device), generator);
        var terms = gradients.Compute(augmented);
        CheckLoss(terms.Average(t => t.Loss), terms.Average(t => Math.Log(t.Candidates)));
        var limit = options.MaximumGradientNorm > 0 ? options.MaximumGradientNorm : double.PositiveInfinity;
        var norm = log || double.IsFinite(limit) ? GradientNorm.Clip(method.Network.Parameters(), limit) : 0;
        optimiser.Step();
        method.AfterStep();
        average?.Update(done.Step + 1);
        if (!log) return null;
        return new([.. terms.Select(t => new TermRecord(t.Name, t.Loss, t.Accuracy))],
            terms.Average(t => Math.Log(t.Candidates)), terms.Average(t => 1.0 / t.Candidates), norm);
    }

    /// <summary>A run whose loss leaves chance behind on the wrong side does not come back: it would use up its time and overwrite what it had learnt.</summary>
    private void CheckLoss(double loss, double chance)
    {
        sound = loss <= SoundLoss * chance;
        if (loss <= DivergedLoss * chance || (double.IsFinite(loss) && done.Step <= options.WarmUpSteps)) return; // an untrained network may begin anywhere
        var what = double.IsFinite(loss) ? FormattableString.Invariant($"{loss:0.0}, far above chance ({chance:0.00}),") : "not a number";
        var kept = File.Exists(CheckpointPath) ? $"the last good checkpoint is kept in {CheckpointPath}, and going on from it would lead here again" : "no checkpoint had been written yet";
        throw new TrainingException(FormattableString.Invariant($"The loss is {what} at step {done.Step + 1}: the run diverged; {kept}. Start another with a lower learning rate (now {options.LearningRate}) or a gradient norm limit (now {(options.MaximumGradientNorm > 0 ? options.MaximumGradientNorm : "none")})."));
    }

    /// <summary>Linear warm-up, then a cosine to the final rate at the last step.</summary>
    private double LearningRate() => done.Step < options.WarmUpSteps || done.Steps == 0
        ? options.LearningRate * Math.Min(1.0, (done.Step + 1.0) / Math.Max(1, options.WarmUpSteps))
        : new WarmUpCosine(options.LearningRate, options.WarmUpSteps, done.Steps, options.FinalRate * options.LearningRate).At(done.Step);

    /// <summary>Sets the number of steps of a budget in minutes from the speed so far, and again at <see cref="Budget.Replans"/> or when half of what was planned is done: a machine's speed changes.</summary>
    private void PlanTime()
    {
        if (options.Budget.Minutes is not { } minutes) return;
        var share = Seconds / (60 * minutes);
        if (speedFrom.Step == 0 && done.Step >= Budget.SpeedSteps / 3 && share >= Budget.SpeedShare / 3) speedFrom = (done.Step, Seconds);
        var early = done.Step < Budget.SpeedSteps || share < Budget.SpeedShare;
        if (done.Steps == 0 ? early && share < Budget.LatestShare : share < replanAt.Share && done.Step < replanAt.Step) return;
        var stepsPerSecond = speedFrom.Step is > 0 and var from && from < done.Step ? (done.Step - from) / (Seconds - speedFrom.Seconds) : done.Step / Seconds;
        done = done with { Steps = done.Step + Math.Max(1, (long)((minutes * 60 - Seconds) * stepsPerSecond)) };
        Planned(share);
        if (sound) Save(); // measured again after a kill, the plan would be another
    }

    private void Planned(double share)
    {
        speedFrom = (done.Step, Seconds);
        var next = Budget.NextPlan(share);
        replanAt = (next, double.IsFinite(next) ? done.Step + Math.Max(1, (done.Steps - done.Step) / 2) : long.MaxValue);
    }

    private StepRecord Record(StepResult result, ref Window window)
    {
        var now = new Window(done.Step, Seconds, loader.WaitingSeconds);
        var elapsed = Math.Max(1e-9, now.Seconds - window.Seconds);
        var images = done.Step * options.BatchSize;
        var record = new StepRecord(done.Step, done.Steps, (double)images / loader.Source.Count, images,
            result.Terms.Average(t => t.Loss), result.Chance, result.Terms.Average(t => t.Accuracy), result.AccuracyChance,
            result.Terms, optimiser.LearningRate, result.GradientNorm, (now.Step - window.Step) * options.BatchSize / elapsed, Seconds,
            (now.Waiting - window.Waiting) / elapsed)
        {
            Probe = done.Step == options.LogEvery || done.Step % options.ProbeEvery == 0 || Finished ? Look() : null, // the first is what there was before learning
        };
        window = new Window(done.Step, Seconds, loader.WaitingSeconds); // the look is no part of the speed
        return record;
    }

    private ProbeRecord? Look()
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
        BeforeCheckpoint?.Invoke();
        // The encoder first: a run whose last checkpoint is there has its encoder too, whenever it is killed.
        using (average?.SwapIn()) EncoderFile.Write(Path.Combine(folder, EncoderFile.FileName), method.Encoder, method.Description);
        done.Write(CheckpointPath, method.Network, optimiser, average, generator);
        checkpointAt = Seconds + options.CheckpointSeconds;
    }

    public void Dispose()
    {
        optimiser.Dispose();
        average?.Dispose();
        generator.Dispose();
    }

    private sealed record StepResult(IReadOnlyList<TermRecord> Terms, double Chance, double AccuracyChance, double GradientNorm);

    private readonly record struct Window(long Step, double Seconds, double Waiting);
}

/// <summary>A run that can't go on; the message says what was kept.</summary>
public sealed class TrainingException : Exception
{
    public TrainingException() { }
    public TrainingException(string message) : base(message) { }
    public TrainingException(string message, Exception inner) : base(message, inner) { }
}
