using Foresee.Classifiers;

namespace Foresee.Evaluation;

/// <summary>
/// What protocols that train an encoder and a head on its grid together have in common; a pass over the encoder for every image of every
/// batch is what they cost.
/// </summary>
public abstract record FineTuningProtocol(FineTuningOptions Options) : IProtocol, IPooled, ICountsEpochs, ITrainsInPrecision
{
    public abstract string Name { get; }
    public abstract string Title { get; }
    public virtual IReadOnlyList<string> OlderNames => [];
    public virtual BaselineRole? Baseline => null;
    public bool NeedsWeights => true;
    public LinearProbeOptions Probe { get; init; } = new();
    public FeatureScalingOptions Standard { get; init; } = new();
    public virtual FeatureOptions? Scaling => new(Options.Pooling) { Scaling = Standard };

    public IProtocol With(GridPooling pooling) => this with { Options = Options with { Pooling = pooling } };

    public IProtocol WithEpochs(double epochs) => this with { Options = Options with { Epochs = epochs } };

    public IProtocol Resolve(EvaluationSetting setting) => this with { Options = Options.Resolve(setting) };

    public virtual Classifier Fit(ClassifierTask task, CancellationToken cancel) =>
        FineTuning.Fit(this, task, task.Features.NewEncoder(), task.Features.ScalingOf(Scaling!), Options, Probe, cancel);

    public Classifier Restore(SavedClassifier saved) => FineTuning.Restore(saved, Options);
}
