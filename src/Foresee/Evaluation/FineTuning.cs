using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;

namespace Foresee.Evaluation;

/// <summary>
/// A head on a pretrained encoder's grid, learnt from labelled images that are augmented anew in each batch; the encoder frozen or
/// fine-tuned.
/// </summary>
public sealed class FineTuning
{
    private const int ProbeImages = 10_000; // at most, for a head's start: features of a whole grid are gigabytes for more
    private const long MostPixels = 1L << 30; // of unlabelled images, bytes
    private const string HeadPrefix = "head.";
    private readonly TrainedEncoder encoder;
    private readonly Module head; // on the CPU, wherever the encoder is: it is small
    private readonly GridNetwork network;
    private readonly int classes, threads;
    private readonly PseudoLabels? pseudo; // of unlabelled images; null where it learns from labels alone
    private bool learning; // the encoder

    private FineTuning(GridNetwork network, int classes, int threads, PseudoLabels? pseudo)
    {
        (this.network, encoder, head) = (network, network.Encoder, network.Head);
        (this.classes, this.threads, this.pseudo) = (classes, threads, pseudo);
    }

    /// <param name="encoder">A copy of one's own: it is changed unless frozen, and disposed with the result, or when this fails.</param>
    /// <param name="images">uint8 [n, C, H, W]</param>
    /// <param name="threads">Of the augmentation, which gives the same images on any number.</param>
    /// <param name="scaling">Of the pooled features, for a head that begins as a probe; null for another head.</param>
    /// <param name="unlabelled">uint8 [N, C, H, W], for <see cref="FineTuningOptions.Pseudo"/>; null without.</param>
    public static GridNetwork Fit(TrainedEncoder encoder, Tensor images, int[] labels, int classes, FeatureScaling? scaling,
        FineTuningOptions options,
        LinearProbeOptions probing, ulong seed, Action<FitProgress>? progress = null, CancellationToken cancellation = default,
        int threads = 1, Tensor? unlabelled = null)
    {
        Module? head = null;
        try
        {
            options.Validate();
            options = options.For(labels.Length);
            if (unlabelled is null != options.Pseudo is null)
                throw new ArgumentException("Pseudo-labels need unlabelled images, and unlabelled images options of them; got one alone.");
            if (images.Size(0) != labels.Length)
                throw new ArgumentException($"{images.Size(0)} images need as many labels, got {labels.Length}.");
            using var scope = TensorScope.Begin();
            using var generator = new Generator(seed);
            options = options with
            {
                Augmentation = (options.Augmentation ?? WholeImageAugmentation.For((int)images.Size(1))).For(images, labels, classes),
            };
            var (learnt, held) = EarlyStopping.Split(labels, options.Held, options.LeastHeld, (int)seed);
            var all = new LabelledTensors(images, labels);
            var heldOut = held.Length == 0 ? null : all.Take(held);
            var training = heldOut is null ? all : all.Take(learnt);
            probing = probing with { Balanced = options.Balanced };
            head = Head(encoder, training, unlabelled, classes, scaling, options, probing, generator, cancellation);
            var network = new GridNetwork(encoder, head, Device.Cpu);
            using var pseudo = unlabelled is null ? null : new PseudoLabels(unlabelled, options.Pseudo!, generator);
            var fit = new FineTuning(network, classes, threads, pseudo);
            if (options.HeadStepsFor(training.Labels.Length) is > 0 and var frozen)
                fit.Train(training, null, frozen, options with { EncoderRate = 0 }, generator, null, cancellation);
            fit.Train(training, heldOut, options.StepsFor(training.Labels.Length), options, generator, progress, cancellation);
            return network;
        }
        catch
        {
            head?.Dispose();
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>A classifier from a task; see the other overload.</summary>
    internal static Classifier Fit(IProtocol protocol, ClassifierTask task, TrainedEncoder encoder, FeatureScaling? scaling,
        FineTuningOptions options,
        LinearProbeOptions probing, CancellationToken cancel)
    {
        using var scope = TensorScope.Begin();
        if (options.Compute is { } type) encoder.Compute(type);
        var pixels = ImageTensors.ReadAll(task.Labelled.Images, task.Features.Input);
        var unlabelled = options.Pseudo is { } pseudo
            ? task.Features.UnlabelledPixels((int)Math.Min(pseudo.Images, MostPixels / task.Features.Input.Bytes)) : null;
        return new GridClassifier(task.Describe(protocol),
            Fit(encoder, pixels, task.Labelled.Labels, task.Labelled.Classes.Length, scaling, options,
            probing, (ulong)task.Seed, task.Progress, cancel, task.Threads, unlabelled));
    }

    /// <summary>
    /// What <see cref="Fit(IProtocol, ClassifierTask, TrainedEncoder, FeatureScaling?, FineTuningOptions, LinearProbeOptions,
    /// CancellationToken)"/> gave, from what was saved of it.
    /// </summary>
    internal static Classifier Restore(SavedClassifier saved, FineTuningOptions options)
    {
        options.Validate();
        var encoder = saved.Encoder();
        try
        {
            if (options.Compute is { } type) encoder.Compute(type);
            using var scope = TensorScope.Begin();
            using var generator = new Generator(0);
            Module head = options.Head == GridHead.Residual
                ? saved.Load(new ResidualHead(encoder.Width, saved.Classes, options, generator), HeadPrefix)
                : Restore(saved, options, generator);
            return new GridClassifier(saved.Description, new(encoder, head, Device.Cpu));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private static ProbeHead Restore(SavedClassifier saved, FineTuningOptions options, Generator generator)
    {
        var scaling = saved.Scaling(HeadPrefix + "scaling.", -1);
        using var probe = new LinearProbe(Tensor.Zeros([scaling.Outputs + 1, saved.Classes]));
        return saved.Load(new ProbeHead(options.Pooling, scaling, probe, options.Dropout, generator), HeadPrefix);
    }

    /// <param name="Images">uint8 [n, C, H, W]</param>
    private sealed record LabelledTensors(Tensor Images, int[] Labels)
    {
        public LabelledTensors Take(int[] places) =>
            new(Images.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place))),
                Array.ConvertAll(places, place => Labels[place]));
    }

    private static Module Head(TrainedEncoder encoder, LabelledTensors data, Tensor? unlabelled, int classes, FeatureScaling? scaling,
        FineTuningOptions options,
        LinearProbeOptions probing, Generator generator, CancellationToken cancellation)
    {
        if (options.Head == GridHead.Residual) return new ResidualHead(encoder.Width, classes, options, generator);
        if (scaling is null) throw new ArgumentException("A head that begins as a probe needs a scaling of the pooled features, got none.");
        if (data.Labels.Length > ProbeImages)
            data = data.Take(LabelDraw.Take(data.Labels, new(100.0 * ProbeImages / data.Labels.Length, LabelUnit.Percent), 0));
        Tensor Features(Tensor images) => scaling.Apply(Pooled(encoder, images, options.Pooling));
        using var probe = unlabelled is null ? LinearProbe.Fit(Features(data.Images), data.Labels, classes, probing, cancellation)
            : SelfTrainedProbe.Fit(Features(unlabelled), Features(data.Images), data.Labels, classes, options.Pseudo!.Probe, probing,
                cancellation);
        return new ProbeHead(options.Pooling, scaling.Copy(), probe, options.Dropout, generator);
    }

    /// <summary>[n, K] of all images, batch by batch, without gradient: the whole grids of thousands of images are gigabytes.</summary>
    /// <param name="images">uint8 [n, C, H, W]</param>
    internal static Tensor Pooled(TrainedEncoder encoder, Tensor images, GridPooling pooling)
    {
        var parts = new List<Tensor>();
        for (long from = 0, count = images.Size(0); from < count; from += FeatureTable.BatchSize)
        {
            using var scope = TensorScope.Begin();
            var batch = images.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from));
            parts.Add(scope.Keep(FeatureTable.Pool(encoder.Features(batch).To(Device.Cpu), pooling)));
        }
        return Tensor.Cat([.. parts], 0);
    }

    private void Train(LabelledTensors data, LabelledTensors? heldOut, int steps, FineTuningOptions options, Generator generator,
        Action<FitProgress>? progress, CancellationToken cancellation)
    {
        var groups = LayerRates.Groups(encoder, head, options, new(1, steps));
        using var stopping = heldOut is null ? null
            : new EarlyStopping(encoder.Network.State().Concat(head.Parameters()).Select(p => p.Value), options.Patience);
        learning = options.EncoderRate > 0;
        Learn(true);
        try
        {
            var labels = Tensor.From(Array.ConvertAll(data.Labels, label => (long)label));
            var priors = options.Balanced ? ClassBalance.LogPriors(data.Labels, classes) : null;
            var batches = ShuffledBatches.Endless(data.Labels.Length, options.BatchSize, generator);
            var pause = Math.Max(1, steps / options.Measurements); // steps between measurements
            var views = options.Augmentation!.Maker((int)data.Images.Size(2), (int)data.Images.Size(3), (int)data.Images.Size(1));
            var rest = pseudo is null ? 0 : (steps + options.Pseudo!.Predictions - 1) / options.Pseudo.Predictions; // between predictions
            bool GoOn(int step)
            {
                if (pseudo is not null && step % rest == 0) Predict(pseudo);
                return stopping is null || step % pause != 0 || stopping.GoOn(Measure(heldOut!, options.Balanced));
            }
            var finished = ShortTraining.Run(batches, steps, groups, chosen =>
            {
                var (places, others) = (Tensor.From(chosen), pseudo?.Next());
                var pixels = data.Images.IndexSelect(0, places);
                if (others is not null) pixels = Tensor.Cat([pixels, pseudo!.Images.IndexSelect(0, others)]);
                var batch = views.Make(pixels, generator, threads);                                  // [n, C, H, W] of 0..1
                var latents = Latents(batch.To(encoder.Device), options);
                var logits = head.Forward(latents.To(Device.Cpu));
                if (priors is not null) logits += priors;
                var known = others is null ? logits : logits.Narrow(0, 0, chosen.Length);
                var loss = Loss.CrossEntropy(known, labels.IndexSelect(0, places), options.LabelSmoothing);
                return others is null ? loss : loss + pseudo!.Loss(logits.Narrow(0, chosen.Length, others.Size(0)), others);
            }, progress, cancellation, GoOn);
            if (stopping is null) return;
            if (finished) stopping.GoOn(Measure(heldOut!, options.Balanced));
            stopping.Restore();
        }
        finally
        {
            Learn(false);
            foreach (var group in groups) group.Dispose();
        }
    }

    private void Predict(PseudoLabels pseudo)
    {
        Learn(false);
        pseudo.Predict(network);
        Learn(true);
    }

    /// <returns>[B, h, w, D], without gradient where the encoder does not learn.</returns>
    private Tensor Latents(Tensor images, FineTuningOptions options)
    {
        if (options.EncoderRate > 0) return encoder.Latents(images);
        using var noGrad = Autograd.NoGrad();
        return encoder.Latents(images);
    }

    private double Measure(LabelledTensors data, bool balanced)
    {
        Learn(false);
        var predictions = network.Predict(data.Images);
        Learn(true);
        return balanced ? Accuracy.PerClass(predictions, data.Labels) : Accuracy.Top1(predictions, data.Labels);
    }

    /// <summary>Dropout of the head, and batch norm of an encoder that learns, behave as in learning or as in use.</summary>
    private void Learn(bool training)
    {
        head.Train(training);
        if (learning) encoder.Train(training);
    }
}
