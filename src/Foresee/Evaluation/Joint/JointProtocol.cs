using Foresee.Augmentation;
using Foresee.Classifiers;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Evaluation.Joint;

/// <summary>
/// A protocol that learns from labelled and unlabelled images together: it gives the loss of a step, <see cref="JointTraining"/> does the
/// rest.
/// </summary>
public abstract record JointProtocol : IProtocol, IPooled, ICountsEpochs, ITrainsInPrecision, IChoosesNetwork
{
    public abstract string Name { get; }
    public abstract string Title { get; }
    public JointTrainingOptions Training { get; init; } = new();
    public bool NeedsEncoder => Training.Network != JointNetworkKind.Supervised;
    public bool NeedsWeights => NeedsEncoder;

    public string EncoderName(string encoder) => Training.Network switch
    {
        JointNetworkKind.Run => encoder,
        JointNetworkKind.RandomInit => $"{encoder} from random weights",
        _ => "supervised network",
    };

    public IProtocol With(GridPooling pooling) =>
        this with { Training = Training with { Grid = Training.Grid with { Pooling = pooling } } };

    public IProtocol WithEpochs(double epochs) => this with { Training = Training with { Epochs = epochs } };

    public IProtocol With(JointNetworkKind network) => this with { Training = Training with { Network = network } };

    /// <summary>On the supervised baseline's network, with the baseline's settings, so that both have the same.</summary>
    internal IProtocol With(TunedBaseline settings) => this with { Training = Training with { Tuned = settings } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Training = Training.Resolve(setting) };

    public double Work(int labels) => Training.StepsFor(labels) * (double)(Training.BatchSize + 2 * Training.Unlabelled) *
        (Training.Supervised?.Width ?? 64) * (Training.Supervised?.Width ?? 64);

    /// <summary>The loss of a step, a scalar.</summary>
    internal abstract Tensor Objective(JointStep step);

    /// <summary>A head of its own beside the classifier's, on features of so many values; null for none. It is dropped after
    /// training.</summary>
    internal virtual Module? Extra(int features, Generator generator) => null;

    private protected static Module LinearHead(int features, int outputs, Generator generator) =>
        new Linear(features, outputs, true, generator);

    /// <summary>Learning rate of that head.</summary>
    internal virtual double ExtraRate => 2e-3;

    /// <summary>What the other views of an unlabelled image are changed by.</summary>
    internal virtual IReadOnlyList<ITransform?> OtherView(InputFormat input) => JointViewChanges.Strong(input);

    /// <exception cref="ArgumentException">The settings or the images don't suit.</exception>
    internal virtual void Validate(InputFormat input) => Training.Validate();

    public Classifier Fit(ClassifierTask task, CancellationToken cancel) => JointTraining.Fit(this, task, cancel);

    public Classifier Restore(SavedClassifier saved) => Training.Network == JointNetworkKind.Supervised
        ? new SupervisedClassifier(saved.Description, SupervisedBaseline.Restore(saved, Training.Supervised
            ?? throw new InvalidDataException($"A saved {Name} should have the settings of its network, but has none."),
            Training.Compute ?? DType.Float32))
        : FineTuning.Restore(saved, Training.Grid with { Compute = Training.Compute });
}
