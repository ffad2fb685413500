using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>What is put on the encoder's grid of latents.</summary>
public enum GridHead
{
    /// <summary>
    /// The linear probe on the grid as it is pooled, its weights the start (Kumar et al. 2022: probe first, so that a random head does not
    /// spoil what the encoder knows).
    /// </summary>
    Probe,
    /// <summary>
    /// Residual blocks over the grid, then the mean over positions (Hénaff et al. 2020, section 3.2: 11 blocks of 4096-d with bottlenecks
    /// of 1024-d; smaller here).
    /// </summary>
    Residual,
}

/// <summary>How a classifier learns on top of a pretrained encoder, frozen or fine-tuned with it.</summary>
/// <param name="Steps">Batches in the one cycle, if that is no less than <see cref="LeastEpochs"/>.</param>
/// <param name="HeadSteps">Batches before it in which only the head learns: frozen, then unfrozen, as fastai's fine_tune.</param>
/// <param name="LearningRate">The head's, at the cycle's peak.</param>
/// <param name="EncoderRate">The encoder's last layers' learning rate as a share of the head's; 0 keeps the encoder as it is.</param>
/// <param name="LayerRate">Of each earlier block as a share of the next one's: discriminative learning rates (Howard and Ruder
/// 2018).</param>
/// <param name="WeightDecay">Of AdamW, on weights only.</param>
/// <param name="BatchSize">At most the number of labels.</param>
/// <param name="Dropout">Of the head's last features.</param>
/// <param name="Blocks">Of a residual head; null: the paper's 11 on latents of 4096 values and more, 2 on narrower ones, which suit few
/// labels and few cores.</param>
/// <param name="BottleneckWidth">Of a residual head, whose maps are as wide as the latents; null: the paper's quarter of them from 4096 on,
/// else 64.</param>
public sealed record FineTuningOptions(GridHead Head = GridHead.Probe, int Steps = 300, int HeadSteps = 0, double LearningRate = 1e-3,
    double EncoderRate = 0.3,
    double LayerRate = 0.8, double WeightDecay = 0.05, int BatchSize = 64, double Dropout = 0.3, double LabelSmoothing = 0.1,
    int? Blocks = null, int? BottleneckWidth = null)
{
    /// <summary>Of the grid, for a head that begins as a probe.</summary>
    public GridPooling Pooling { get; init; }

    /// <summary>Passes over the labelled images in the one cycle, instead of <see cref="Steps"/>; 0 for those.</summary>
    public double Epochs { get; init; }

    /// <summary>Passes in which only the head learns, instead of <see cref="HeadSteps"/>; 0 for those.</summary>
    public double HeadEpochs { get; init; }

    /// <summary>
    /// With many labels <see cref="Steps"/> would see each of them a few times only; the cycle is then this many passes long, as the
    /// supervised baseline takes them.
    /// </summary>
    public double LeastEpochs { get; init; } = 10;

    /// <summary>Share of each class that is not learnt from but measured, to keep the weights that classified it best.</summary>
    public double Held { get; init; } = 0.1;

    /// <summary>
    /// With fewer images held the choice would be chance (400: a standard deviation of 2.5 points), and none is spared for it.
    /// </summary>
    public int LeastHeld { get; init; } = 400;

    /// <summary>Of these measurements in one cycle, evenly.</summary>
    public int Measurements { get; init; } = 10;

    /// <summary>
    /// Measurements in a row worse than the best, after which learning ends; by default it goes to the cycle's end, where the learning rate
    /// is small and accuracy highest.
    /// </summary>
    public int Patience { get; init; } = 10;

    /// <summary>
    /// With more labelled images than this they are enough for all layers to learn, as fast as each other, twice as fast as the head did,
    /// and in six times as many steps.
    /// </summary>
    public int Few { get; init; } = int.MaxValue;

    /// <summary>Whether each class counts the same, however many labels it has: in learning and where weights are chosen.</summary>
    public bool Balanced { get; init; }

    /// <summary>Of unlabelled images that are learnt from beside the labelled ones; null for none.</summary>
    public PseudoLabelOptions? Pseudo { get; init; }

    /// <summary>Of the labelled images; null: what suits as many channels.</summary>
    public WholeImageAugmentation? Augmentation { get; init; }

    /// <summary>What the encoder multiplies in; null: what the plan says.</summary>
    public DType? Compute { get; init; }

    public static FineTuningOptions Frozen => new(GridHead.Residual, Steps: 500, LearningRate: 4e-3, EncoderRate: 0);

    private const int Wide = 4096; // of the paper's latents (Hénaff et al. 2020, section 3.2)

    internal int BlocksFor(int features) => Blocks ?? (features < Wide ? 2 : 11);

    internal int BottleneckFor(int features) => BottleneckWidth ?? (features < Wide ? 64 : features / 4);

    /// <summary>With the options that were left open.</summary>
    internal FineTuningOptions Resolve(EvaluationSetting setting) => this with
    {
        Augmentation = Augmentation ?? WholeImageAugmentation.For(setting.Channels).For(setting.Upright),
        Compute = Compute ?? setting.Compute,
        Blocks = Head == GridHead.Residual ? BlocksFor(setting.Features) : Blocks,
        BottleneckWidth = Head == GridHead.Residual ? BottleneckFor(setting.Features) : BottleneckWidth,
    };

    public static FineTuningOptions FineTuned => new(GridHead.Probe, Steps: 500, LearningRate: 2e-3) { Few = 1000 };

    /// <summary>With thousands of images to learn from all layers learn nearly as fast as each other.</summary>
    public static FineTuningOptions SemiSupervised =>
        new(GridHead.Probe, Steps: 1500, LearningRate: 2e-3, EncoderRate: 0.5, LayerRate: 0.9, BatchSize: 32) { Pseudo = new() };

    /// <summary>All layers learn as fast as the head.</summary>
    public static FineTuningOptions RandomInit => FineTuned with { EncoderRate = 1, LayerRate = 1 };

    internal FineTuningOptions For(int labels) =>
        labels <= Few ? this : this with { Steps = 6 * Steps, LearningRate = 2 * LearningRate, EncoderRate = 1, LayerRate = 1 };

    internal int StepsFor(int labels) => Epochs > 0 ? Passes(Epochs, labels) : Math.Max(Steps, Passes(LeastEpochs, labels));

    internal int HeadStepsFor(int labels) => HeadEpochs > 0 ? Passes(HeadEpochs, labels) : HeadSteps;

    private int Passes(double epochs, int labels) => Math.Max(10, (int)Math.Ceiling(epochs * labels / Math.Min(BatchSize, labels)));

    /// <exception cref="ArgumentException">Names all faults at once.</exception>
    public void Validate()
    {
        Pseudo?.Validate();
        string?[] faults = [
            Steps < 10 ? $"Steps must be 10 or more for a cycle, got {Steps}" : null,
            !(Epochs >= 0) ? $"Epochs must be 0 (as many as Steps) or above, got {Epochs}" : null,
            !(HeadEpochs >= 0) ? $"HeadEpochs must be 0 (as many as HeadSteps) or above, got {HeadEpochs}" : null,
            !(LeastEpochs >= 0) ? $"LeastEpochs must be 0 or above, got {LeastEpochs}" : null,
            !(Held is >= 0 and < 1) ? $"Held must be from 0 to below 1, got {Held}" : null,
            Measurements < 1 || Patience < 1 ? $"Measurements and Patience must be 1 or more, got {Measurements} and {Patience}" : null,
            HeadSteps is < 0 or (> 0 and < 10) ? $"HeadSteps must be 0, or 10 or more for a cycle, got {HeadSteps}" : null,
            LearningRate <= 0 ? $"LearningRate must be above 0, got {LearningRate}" : null,
            EncoderRate is < 0 or > 1 ? $"EncoderRate must be from 0 to 1, got {EncoderRate}" : null,
            LayerRate is <= 0 or > 1 ? $"LayerRate must be above 0 and at most 1, got {LayerRate}" : null,
            WeightDecay < 0 ? $"WeightDecay must not be negative, got {WeightDecay}" : null,
            BatchSize < 1 ? $"BatchSize must be 1 or more, got {BatchSize}" : null,
            Dropout is < 0 or >= 1 ? $"Dropout must be from 0 to below 1, got {Dropout}" : null,
            LabelSmoothing is < 0 or >= 1 ? $"LabelSmoothing must be from 0 to below 1, got {LabelSmoothing}" : null,
            Blocks < 1 || BottleneckWidth < 1
                ? $"a residual head needs 1 or more Blocks and BottleneckWidth, got {Blocks} and {BottleneckWidth}" : null,
        ];
        if (faults.Any(f => f is not null))
            throw new ArgumentException($"Settings of the classifier on the grid: {string.Join("; ", faults.OfType<string>())}.");
    }
}
