using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>A head on a pretrained encoder's grid, learnt from labelled images that are augmented anew in each batch; the encoder frozen or fine-tuned.</summary>
public sealed class FineTuning : IDisposable
{
    private const int PredictionBatch = 250;
    private const int ProbeImages = 10_000; // at most, for a head's start: features of a whole grid are gigabytes for more
    private readonly TrainedEncoder encoder;
    private readonly Module head; // on the CPU, wherever the encoder is: it is small

    private readonly int classCount;

    private FineTuning(TrainedEncoder encoder, Module head, int classCount) => (this.encoder, this.head, this.classCount) = (encoder, head, classCount);

    /// <param name="encoder">A copy of one's own: it is changed unless frozen, and disposed with the classifier, or when this fails.</param>
    /// <param name="images">uint8 [n, C, H, W]</param>
    /// <param name="scaling">Of the pooled features; for a head that begins as a probe.</param>
    public static FineTuning Fit(TrainedEncoder encoder, Tensor images, int[] labels, int classes, FeatureScaling scaling, FineTuningOptions options,
        LinearProbeOptions probing, ulong seed, Action<FitProgress>? progress = null, CancellationToken cancellation = default)
    {
        Module? head = null;
        try
        {
            options.Validate();
            options = options.For(labels.Length);
            if (images.Size(0) != labels.Length) throw new ArgumentException($"{images.Size(0)} images need as many labels, got {labels.Length}.");
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            var (learnt, held) = EarlyStopping.Split(labels, options.Held, options.LeastHeld, (int)seed);
            var all = new LabelledTensors(images, labels);
            var heldOut = held.Length == 0 ? null : all.Take(held);
            var training = heldOut is null ? all : all.Take(learnt);
            head = Head(encoder, training, classes, scaling, options, probing with { Balanced = options.Balanced }, generator, cancellation);
            var classifier = new FineTuning(encoder, head, classes);
            if (options.HeadStepsFor(training.Labels.Length) is > 0 and var frozen) classifier.Train(training, null, frozen, options with { EncoderRate = 0 }, generator, null, cancellation);
            classifier.Train(training, heldOut, options.StepsFor(training.Labels.Length), options, generator, progress, cancellation);
            head.Train(false);
            return classifier;
        }
        catch
        {
            head?.Dispose();
            encoder.Dispose();
            throw;
        }
    }

    /// <param name="Images">uint8 [n, C, H, W]</param>
    private sealed record LabelledTensors(Tensor Images, int[] Labels)
    {
        public LabelledTensors Take(int[] places) =>
            new(Images.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place))), Array.ConvertAll(places, place => Labels[place]));
    }

    private static Module Head(TrainedEncoder encoder, LabelledTensors data, int classes, FeatureScaling scaling, FineTuningOptions options,
        LinearProbeOptions probing, Generator generator, CancellationToken cancellation)
    {
        if (options.Head == GridHead.Residual) return new ResidualHead(encoder.Description.Options, classes, options, generator);
        if (data.Labels.Length > ProbeImages)
            data = data.Take(LabelDraw.Take(data.Labels, new(100.0 * ProbeImages / data.Labels.Length, LabelUnit.Percent), 0));
        using var probe = LinearProbe.Fit(scaling.Apply(Pooled(encoder, data.Images, options.Pooling)), data.Labels, classes, probing, cancellation);
        return new ProbeHead(options.Pooling, scaling, probe, options.Dropout, generator);
    }

    /// <summary>[n, K] of all images, batch by batch, without gradient: the whole grids of thousands of images are gigabytes.</summary>
    /// <param name="images">uint8 [n, C, H, W]</param>
    internal static Tensor Pooled(TrainedEncoder encoder, Tensor images, GridPooling pooling)
    {
        var parts = new List<Tensor>();
        for (long from = 0, count = images.Size(0); from < count; from += PredictionBatch)
        {
            using var scope = TensorScope.Begin();
            parts.Add(scope.Keep(FeatureTable.Pool(encoder.Features(images.Narrow(0, from, Math.Min(PredictionBatch, count - from))).To(Device.Cpu), pooling)));
        }
        return Tensor.Cat([.. parts], 0);
    }

    private void Train(LabelledTensors data, LabelledTensors? heldOut, int steps, FineTuningOptions options, Generator generator, Action<FitProgress>? progress, CancellationToken cancellation)
    {
        using var groups = new RateGroups(encoder, head, options);
        using var stopping = heldOut is null ? null : new EarlyStopping(encoder.Parameters().Concat(head.Parameters()).Select(p => p.Value), options.Patience);
        var labels = Tensor.From(Array.ConvertAll(data.Labels, label => (long)label));
        var priors = options.Balanced ? ClassBalance.LogPriors(data.Labels, classCount) : null;
        var (cycle, batches) = (new OneCycle(1, steps), ShuffledBatches.Endless(data.Labels.Length, options.BatchSize, generator).GetEnumerator());
        var pause = Math.Max(1, steps / options.Measurements); // steps between measurements
        var goOn = true;
        for (var step = 0; step < steps; step++)
        {
            if (stopping is not null && step % pause == 0 && !(goOn = stopping.GoOn(Measure(heldOut!, options.Balanced)))) break;
            cancellation.ThrowIfCancellationRequested();
            using var scope = TensorScope.Begin();
            batches.MoveNext();
            var chosen = Tensor.From(batches.Current);
            Tensor batch;
            using (Autograd.NoGrad()) batch = options.Augmentation.Apply(data.Images.IndexSelect(0, chosen).To(DType.Float32) / 255, generator);
            batch = batch.To(encoder.Device);
            var latents = options.EncoderRate > 0 ? encoder.Latents(batch) : Frozen(batch);
            var logits = head.Forward(latents.To(Device.Cpu));
            var loss = Loss.CrossEntropy(priors is null ? logits : logits + priors, labels.IndexSelect(0, chosen), options.LabelSmoothing);
            groups.Step(loss, cycle.At(step));
            if (progress is not null && (step % 20 == 19 || step == steps - 1)) progress(new(step + 1, steps, loss.ToDouble()));
        }
        if (stopping is null) return;
        if (goOn) stopping.GoOn(Measure(heldOut!, options.Balanced));
        stopping.Restore();
    }

    private double Measure(LabelledTensors data, bool balanced)
    {
        head.Train(false);
        var predictions = Predict(data.Images);
        var accuracy = balanced ? Accuracy.PerClass(predictions, data.Labels) : Accuracy.Top1(predictions, data.Labels);
        head.Train(true);
        return accuracy;
    }

    private Tensor Frozen(Tensor batch)
    {
        using var noGrad = Autograd.NoGrad();
        return encoder.Latents(batch);
    }

    /// <summary>The class of each image.</summary>
    /// <param name="images">uint8 [N, C, H, W]</param>
    public int[] Predict(Tensor images)
    {
        using var noGrad = Autograd.NoGrad();
        var classes = new List<int>();
        for (long from = 0, count = images.Size(0); from < count; from += PredictionBatch)
        {
            using var scope = TensorScope.Begin();
            classes.AddRange(Logits(images.Narrow(0, from, Math.Min(PredictionBatch, count - from))).ArgMax(1).ToArray<int>());
        }
        return [.. classes];
    }

    /// <summary>[N, classes] of a batch, without gradient.</summary>
    /// <param name="images">uint8 [N, C, H, W]</param>
    internal Tensor Logits(Tensor images)
    {
        using var noGrad = Autograd.NoGrad();
        return head.Forward(encoder.Features(images).To(Device.Cpu));
    }

    public void Dispose()
    {
        head.Dispose();
        encoder.Dispose();
    }

    /// <summary>One AdamW for the head and one for each block of the encoder, the learning rate falling towards the pixels.</summary>
    private sealed class RateGroups : IDisposable
    {
        private readonly List<(AdamW Optimiser, double Rate)> groups = [];

        public RateGroups(TrainedEncoder encoder, Module head, FineTuningOptions options)
        {
            Add(head.Parameters(), options.LearningRate, options);
            if (options.EncoderRate == 0) return;
            var rate = options.LearningRate * options.EncoderRate;
            foreach (var block in encoder.Parameters().GroupBy(Block).Reverse())
            {
                Add(block, rate, options);
                rate *= options.LayerRate;
            }
        }

        /// <summary>"blocks.2.conv1.weight" is of block "blocks.2", "stem.weight" of "stem".</summary>
        private static string Block(NamedTensor parameter) => string.Join('.', parameter.Name.Split('.').TakeWhile((part, i) => i == 0 || int.TryParse(part, out _)));

        private void Add(IEnumerable<NamedTensor> parameters, double rate, FineTuningOptions options)
        {
            var kinds = parameters.ToLookup(p => p.Value.Dimensions > 1); // weight decay pulls matrices and kernels, not norms and biases
            foreach (var kind in kinds) groups.Add((new AdamW(kind, rate, beta2: 0.99, weightDecay: kind.Key ? options.WeightDecay : 0), rate));
        }

        public void Step(Tensor loss, double share)
        {
            foreach (var (optimiser, _) in groups) optimiser.ZeroGrad();
            loss.Backward();
            foreach (var (optimiser, rate) in groups)
            {
                optimiser.LearningRate = rate * share;
                optimiser.Step();
            }
        }

        public void Dispose()
        {
            foreach (var (optimiser, _) in groups) optimiser.Dispose();
        }
    }
}
