using Foresee.Torch;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>Progress of one training: its step of all steps and its loss.</summary>
public readonly record struct FitProgress(int Step, int Steps, double Loss);

/// <summary>A <see cref="SupervisedNetwork"/> trained on labelled images, ready to name the class of others.</summary>
public sealed class SupervisedBaseline : IDisposable
{
    private const int PredictionBatch = 250;
    private readonly SupervisedNetwork network;
    private readonly double mean, deviation;

    private SupervisedBaseline(SupervisedNetwork network, double mean, double deviation) => (this.network, this.mean, this.deviation) = (network, mean, deviation);

    /// <param name="images">uint8 [n, C, H, W]</param>
    /// <param name="labels">One per image, 0 to classes - 1.</param>
    public static SupervisedBaseline Fit(Tensor images, int[] labels, int classes, SupervisedBaselineOptions options, ulong seed,
        Action<FitProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        if (images.Size(0) != labels.Length) throw new ArgumentException($"{images.Size(0)} images need as many labels, got {labels.Length}.");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        var scaled = images.To(DType.Float32) / 255;
        // One mean and deviation for all channels: that of the labelled images, the only ones a supervised network has.
        var (mean, deviation) = (scaled.Mean().ToDouble(), Math.Max(1e-3, Tensor.Invoke("aten::std", "", scaled, false).ToDouble()));
        var network = new SupervisedNetwork(options, (int)images.Size(1), (int)images.Size(2), (int)images.Size(3), classes, generator);
        var classifier = new SupervisedBaseline(network, mean, deviation);
        try
        {
            classifier.Train(scaled, Tensor.From(Array.ConvertAll(labels, label => (long)label)), options, generator, progress, cancellation);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
        return classifier;
    }

    private void Train(Tensor images, Tensor labels, SupervisedBaselineOptions options, Generator generator, Action<FitProgress>? progress, CancellationToken cancellation)
    {
        // Weight decay pulls matrices and kernels, not norms and biases.
        var parameters = network.Parameters().ToLookup(p => p.Value.Dimensions > 1);
        using var decayed = new AdamW(parameters[true], options.LearningRate, beta2: 0.99, weightDecay: options.WeightDecay);
        using var free = new AdamW(parameters[false], options.LearningRate, beta2: 0.99, weightDecay: 0);
        var steps = options.StepsFor((int)labels.Elements);
        var schedule = new OneCycle(options.LearningRate, steps);
        var batches = ShuffledBatches.Endless((int)labels.Elements, options.BatchSize, generator).GetEnumerator();
        for (var step = 0; step < steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            decayed.LearningRate = free.LearningRate = schedule.At(step);
            batches.MoveNext();
            var chosen = Tensor.From(batches.Current);
            Tensor batch;
            using (Autograd.NoGrad()) batch = Normalise(options.Augmentation.Apply(images.IndexSelect(0, chosen), generator));
            var loss = Loss.CrossEntropy(network.Forward(batch), labels.IndexSelect(0, chosen), options.LabelSmoothing);
            decayed.ZeroGrad();
            free.ZeroGrad();
            loss.Backward();
            decayed.Step();
            free.Step();
            if (progress is not null && (step % 20 == 19 || step == steps - 1)) progress(new(step + 1, steps, loss.ToDouble()));
        }
        network.Train(false);
    }

    private Tensor Normalise(Tensor x) => (x - mean) / deviation;

    /// <summary>The class of each image.</summary>
    /// <param name="images">uint8 [N, C, H, W]</param>
    public int[] Predict(Tensor images)
    {
        using var inference = Autograd.Inference();
        var classes = new List<int>();
        for (long from = 0, count = images.Size(0); from < count; from += PredictionBatch)
        {
            using var scope = TensorScope.Begin();
            var batch = images.Narrow(0, from, Math.Min(PredictionBatch, count - from)).To(DType.Float32) / 255;
            classes.AddRange(network.Forward(Normalise(batch)).ArgMax(1).ToArray<int>());
        }
        return [.. classes];
    }

    public void Dispose() => network.Dispose();
}
