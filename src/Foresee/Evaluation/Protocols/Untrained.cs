using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Torch;

namespace Foresee.Evaluation.Protocols;

/// <summary>As <see cref="Linear"/>, on the same network with weights drawn anew: what pretraining has to be better than.</summary>
public sealed record Untrained : IProtocol, IPooled
{
    private const int Batch = 64; // of the images that batch norm is measured on; 47 of them leave 1 % of what it began with
    public string Name => "untrained";
    public string Title => "untrained + linear";
    public BaselineRole Baseline => new(Rank: 2, Against: "linear");
    public bool NeedsWeights => true;
    public FeatureOptions Form { get; init; } = new(GridPooling.Whole) { Scaling = new(Foresee.Evaluation.Scaling.Suited) };
    public LinearProbeOptions Probe { get; init; } = new();

    public IProtocol With(GridPooling pooling) => this with { Form = Form with { Pooling = pooling } };

    public Classifier Fit(ClassifierTask task, CancellationToken cancel)
    {
        var encoder = task.Features.NewEncoder();
        try
        {
            using var scope = TensorScope.Begin();
            using var generator = new Generator((ulong)task.Seed);
            encoder.Forget((ulong)task.Seed);
            var unlabelled = task.Features.UnlabelledPixels(Form.Scaling.Images);
            MeasureNorms(encoder, unlabelled);
            using var scaling = FeatureScaling.Fit(FineTuning.Pooled(encoder, unlabelled, Form.Pooling), Form.Scaling);
            var images = ImageTensors.ReadAll(task.Labelled.Images, task.Features.Input);
            var features = scaling.Apply(FineTuning.Pooled(encoder, images, Form.Pooling));
            using var probe = LinearProbe.Fit(features, task.Labelled.Labels, task.Labelled.Classes.Length, Probe, cancel,
                scaling.Spread());
            var head = new ProbeHead(Form.Pooling, scaling.Copy(), probe, dropout: 0, generator);
            head.Train(false);
            return new GridClassifier(task.Describe(this), new(encoder, head, Device.Cpu));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Running statistics of batch norm, as a training would have left them.</summary>
    private static void MeasureNorms(TrainedEncoder encoder, Tensor pixels)
    {
        using var noGrad = Autograd.NoGrad();
        encoder.Train(true);
        for (long from = 0; from + Batch <= pixels.Size(0); from += Batch)
        {
            using var scope = TensorScope.Begin();
            encoder.Latents(pixels.Narrow(0, from, Batch).To(encoder.Device).To(DType.Float32) / 255);
        }
        encoder.Train(false);
    }

    public Classifier Restore(SavedClassifier saved) =>
        FineTuning.Restore(saved, new FineTuningOptions(Dropout: 0) { Pooling = Form.Pooling });
}
