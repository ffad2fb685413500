using System.Diagnostics;
using System.Globalization;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Detection;

/// <summary>The loop: learning rate, forward, backward, clip, step, log, checkpoint.</summary>
public sealed class DetectorTrainer : IDisposable
{
    private readonly Detector detector;
    private readonly DetectorTrainingOptions options;
    private readonly string folder;
    private readonly DetectorExamples examples;
    private readonly NamedTensor[] learning;
    private readonly IOptimiser optimiser;
    private readonly ISchedule schedule;
    private readonly int count;
    private DetectorCheckpoint done = new(0, 0);
    private (long Step, double Seconds) logged;

    /// <param name="folder">Receives detector.safetensors and checkpoint.safetensors.</param>
    public DetectorTrainer(Detector detector, AnnotatedImages images, DetectorTrainingOptions options, string folder, Device device)
    {
        (this.detector, this.options, this.folder) = (detector, options.Validate(), folder);
        examples = new(images.ExpectObjects(), detector.Classes, options, detector.Input, device);
        count = images.Images.Count;
        Steps = options.Steps(count);
        schedule = options.ScheduleOf(Steps);
        learning = [.. Learning()];
        foreach (var tensor in detector.Parameters().Except(learning)) tensor.Value.RequiresGrad = false;
        optimiser = new Sgd(learning, options.LearningRate, options.Momentum, weightDecay: options.WeightDecay);
    }

    /// <summary>Every <see cref="DetectorTrainingOptions.LogEvery"/> steps, and at the last.</summary>
    public Action<DetectorStep>? OnStep { get; init; }

    /// <summary>The number of the step that begins, from 1, and of all.</summary>
    public Action<long, long>? BeforeStep { get; init; }

    /// <summary>Before a checkpoint is written: what was logged should reach the disk first.</summary>
    public Action? BeforeCheckpoint { get; init; }

    public long Step => done.Step;

    public long Steps { get; }

    /// <summary>Of training, over all resumed parts.</summary>
    public double Seconds => done.Seconds;

    /// <summary>Goes on from the folder's checkpoint.</summary>
    public void Resume() => done = DetectorCheckpoint.Restore(folder, detector, optimiser);

    /// <summary>Trains to the end or until cancelled; a checkpoint is written either way.</summary>
    /// <returns>Whether it came to the end.</returns>
    /// <exception cref="DetectorException">The loss is no number any more; the last checkpoint stays.</exception>
    public bool Run(CancellationToken cancel)
    {
        var (clock, before, savedAt) = (Stopwatch.StartNew(), done.Seconds, done.Seconds);
        logged = (done.Step, done.Seconds);
        if (done.Step == 0) Save(); // a training that is killed early goes on, too
        detector.Train();
        if (options.FrozenNorms) detector.Encoder.Train(false);
        try
        {
            while (done.Step < Steps && !cancel.IsCancellationRequested)
            {
                BeforeStep?.Invoke(done.Step + 1, Steps);
                Take(() => before + clock.Elapsed.TotalSeconds);
                if (done.Seconds < savedAt + options.CheckpointSeconds) continue;
                Save();
                savedAt = done.Seconds;
            }
            Save();
            return done.Step == Steps;
        }
        finally
        {
            detector.Train(false);
        }
    }

    private void Take(Func<double> seconds)
    {
        using var scope = TensorScope.Begin();

        optimiser.LearningRate = schedule.At(done.Step);
        optimiser.ZeroGrad();
        var batch = examples.At(done.Step);
        var loss = detector.LossOf(batch.Images, batch.Targets, batch.Random);
        var total = loss.Total.ToDouble();
        if (!double.IsFinite(total))
            throw new DetectorException(string.Create(CultureInfo.InvariantCulture, $"The loss of step {done.Step + 1} is {total}: the training "
                + $"has diverged. Start it with a lower learning rate than {options.LearningRate} in another folder."));
        loss.Total.Backward();
        var norm = GradientNorm.Clip(learning, options.MaximumGradientNorm > 0 ? options.MaximumGradientNorm : double.MaxValue);
        optimiser.Step();

        done = new(done.Step + 1, seconds());
        if (done.Step % options.LogEvery != 0 && done.Step != Steps) return;
        var images = done.Step * options.BatchSize;
        OnStep?.Invoke(new(done.Step, Steps, images, (double)images / count, total, loss.Objectness.ToDouble(), loss.Proposals.ToDouble(),
            loss.Classes.ToDouble(), loss.Boxes.ToDouble(), optimiser.LearningRate, norm,
            (done.Step - logged.Step) * options.BatchSize / Math.Max(1e-9, done.Seconds - logged.Seconds), done.Seconds));
        logged = (done.Step, done.Seconds);
    }

    private void Save()
    {
        BeforeCheckpoint?.Invoke();
        done.Write(folder, detector, optimiser, Steps);
    }

    /// <summary>Parameters that are not frozen.</summary>
    private IEnumerable<NamedTensor> Learning()
    {
        var norms = detector.Encoder.Buffers().Where(tensor => tensor.Name.EndsWith("running_mean", StringComparison.Ordinal))
            .Select(tensor => tensor.Name[..^"running_mean".Length]).ToHashSet();
        var kept = detector.Encoder.Parameters().Where(tensor => options.Frozen
                || options.FrozenNorms && norms.Contains(tensor.Name[..(tensor.Name.LastIndexOf('.') + 1)])
                || options.FrozenStem && new[] { "conv1.", "bn1.", "layer1." }.Any(part => tensor.Name.StartsWith(part, StringComparison.Ordinal)))
            .Select(tensor => tensor.Value).ToHashSet();
        return detector.Parameters().Where(tensor => !kept.Contains(tensor.Value));
    }

    public void Dispose() => optimiser.Dispose();
}
