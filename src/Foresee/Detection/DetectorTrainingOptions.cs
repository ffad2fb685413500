using System.Text.Json.Serialization;
using Foresee.Torch.Optimisers;

namespace Foresee.Detection;

/// <summary>How the learning rate goes on after the warm-up.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DetectorSchedule>))]
public enum DetectorSchedule
{
    /// <summary>A tenth after 70 % of the steps, and again after 90 %.</summary>
    Steps,

    /// <summary>Up over the first 30 %, then down to nothing (Smith and Topin 2018).</summary>
    OneCycle,
}

/// <summary>Mirrored copies that are as likely as the image itself.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DetectorMirror>))]
public enum DetectorMirror
{
    None,

    /// <summary>Left to right.</summary>
    Horizontal,

    /// <summary>Top to bottom, too: where the world has no upside, as under a microscope or from above.</summary>
    Both,
}

/// <summary>How a detector is trained: gradient descent with momentum.</summary>
public sealed record DetectorTrainingOptions
{
    public DetectorOptions Detector { get; init; } = new();

    /// <summary>What the encoder began as, in words, for the record, as <see cref="Canvas"/>; null in trainings of before.</summary>
    public string? Start { get; init; }

    /// <summary>What images are brought to.</summary>
    public CanvasSize? Canvas { get; init; }

    /// <summary>Which images of their folder are learnt from, for the record; null for all.</summary>
    public string? Split { get; init; }

    /// <summary>The part of these, drawn by the seed; likewise.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Passes over the images.</summary>
    public double Epochs { get; init; } = 20;

    /// <summary>Images per step.</summary>
    public int BatchSize { get; init; } = 4;

    /// <summary>The highest; 0.005 for each 2 images of a step, as torchvision's tutorial has it.</summary>
    public double LearningRate { get; init; } = 0.01;

    public double Momentum { get; init; } = 0.9;

    public double WeightDecay { get; init; } = 5e-4;

    public DetectorSchedule Schedule { get; init; }

    /// <summary>Steps over which the rate rises, at most a tenth of all, with <see cref="DetectorSchedule.Steps"/>.</summary>
    public int WarmUpSteps { get; init; } = 200;

    /// <summary>Largest norm of the whole gradient; 0 for no limit.</summary>
    public double MaximumGradientNorm { get; init; } = 10;

    /// <summary>Whether the encoder stays as it is.</summary>
    public bool Frozen { get; init; }

    /// <summary>
    /// Whether first convolution and first stage of a residual network stay as they are (detectron2's FREEZE_AT 2): they know edges, and
    /// their gradients cost most.
    /// </summary>
    public bool FrozenStem { get; init; }

    /// <summary>
    /// Whether batch norms keep their stored statistics and weights: a few images a step are too few to measure them by. Random weights
    /// have none worth keeping.
    /// </summary>
    public bool FrozenNorms { get; init; }

    public DetectorMirror Mirror { get; init; } = DetectorMirror.Horizontal;

    /// <summary>The smallest zoom; drawn evenly from there on.</summary>
    public double ZoomFrom { get; init; } = 0.8;

    /// <summary>The largest zoom.</summary>
    public double ZoomTo { get; init; } = 1.25;

    public int Seed { get; init; }

    /// <summary>Steps from one logged step to the next.</summary>
    public int LogEvery { get; init; } = 10;

    /// <summary>Seconds from one checkpoint to the next; one is always written at the end.</summary>
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Steps in all.</summary>
    public long Steps(int images) => Math.Max(1, (long)Math.Ceiling(Epochs * images / BatchSize));

    internal ISchedule ScheduleOf(long steps) => Schedule == DetectorSchedule.OneCycle ? new OneCycle(LearningRate, steps)
        : new WarmUpSteps(LearningRate, Math.Min(WarmUpSteps, steps / 10), steps);

    /// <exception cref="ArgumentException">Names every fault at once.</exception>
    public DetectorTrainingOptions Validate()
    {
        Detector.Validate();
        var faults = new List<string>();
        if (!(Epochs > 0) || BatchSize < 1) faults.Add($"epochs must be above 0 and a batch 1 image or more, got {Epochs} and {BatchSize}");
        if (!(LearningRate > 0) || !double.IsFinite(LearningRate)) faults.Add($"the learning rate must be above 0, got {LearningRate}");
        if (Momentum is not (>= 0 and < 1) || !(WeightDecay >= 0) || !(MaximumGradientNorm >= 0))
            faults.Add("momentum must lie in 0..1 without 1, weight decay and gradient norm must be 0 or more");
        if (!(ZoomFrom >= 0.1 && ZoomFrom <= ZoomTo && ZoomTo <= 10))
            faults.Add($"zooms must lie in 0.1..10, the smallest first, got {ZoomFrom} and {ZoomTo}");
        if (LogEvery < 1 || WarmUpSteps < 0 || CheckpointSeconds < 0)
            faults.Add("log every must be 1 or more, warm-up steps and checkpoint seconds 0 or more");
        if ((Frozen || FrozenStem) && !FrozenNorms) faults.Add("frozen layers need frozen norms: statistics would move below weights that can't");
        return faults.Count == 0 ? this : throw new ArgumentException($"Training: {string.Join("; ", faults)}.");
    }
}

/// <summary>Linear from a thousandth, then constant, a tenth from 70 % on and a hundredth from 90 %.</summary>
internal sealed record WarmUpSteps(double Rate, long WarmUp, long Total) : ISchedule
{
    private const double First = 0.001;

    public double At(long step)
    {
        if (step < WarmUp) return Rate * (First + (1 - First) * step / WarmUp);
        var share = (double)step / Total;
        return share < 0.7 ? Rate : share < 0.9 ? Rate / 10 : Rate / 100;
    }
}
