using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>The supervised baseline: a network trained on the labelled images alone, without any pretraining.</summary>
public sealed record Supervised : IProtocol, ITunable, ITrainsInPrecision
{
    public string Name => "supervised";
    public string Title => "supervised baseline";
    public IReadOnlyList<string> OlderNames => ["pixels"];
    public bool NeedsEncoder => false;
    public BaselineRole Baseline => new(Rank: 0);

    /// <summary>Null: the settings for as many labels in <see cref="Tuned"/>.</summary>
    public SupervisedBaselineOptions? Options { get; init; }

    /// <summary>Null: those found on a data set of as many channels.</summary>
    public TunedBaseline? Tuned { get; init; }

    /// <summary>What its convolutions multiply in; null: what the plan says.</summary>
    public DType? Compute { get; init; }

    public IProtocol With(TunedBaseline settings) => this with { Tuned = settings };

    public IProtocol Resolve(EvaluationSetting setting) => this with
    {
        Options = Options ?? (Tuned ?? TunedBaseline.For(setting.Channels)).For(setting),
        Tuned = null,
        Compute = Compute ?? setting.Compute,
    };

    public double Work(int labels) => Options is { } options ? options.StepsFor(labels) * options.StepWork : 0;

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        if (Options is null) throw new InvalidOperationException("The supervised baseline has no settings yet; call Resolve first.");
        using var scope = TensorScope.Begin();
        var pixels = ImageTensors.ReadAll(task.Labelled.Images, task.Features.Input);
        return new SupervisedClassifier(task.Describe(this),
            SupervisedBaseline.Fit(pixels, task.Labelled.Labels, task.Labelled.Classes.Length, Options,
            (ulong)task.Seed, task.Progress, cancel, task.Threads, Compute ?? DType.Float32));
    }

    public Classifier Restore(SavedClassifier saved) => new SupervisedClassifier(saved.Description,
        SupervisedBaseline.Restore(saved, Options
        ?? throw new InvalidDataException("A saved supervised baseline should have its settings, but has none."),
        Compute ?? DType.Float32));
}
