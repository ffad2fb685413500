using Foresee.Classifiers;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation;

/// <summary>A <see cref="SupervisedNetwork"/> trained on labelled images, ready to name the class of others.</summary>
public sealed class SupervisedBaseline : IDisposable
{
    private const string NetworkPrefix = "network.", PixelsName = "pixels"; // mean and std, Float64
    private readonly SupervisedNetwork network;
    private readonly double mean, deviation;

    private SupervisedBaseline(SupervisedNetwork network, double mean, double deviation) =>
        (this.network, this.mean, this.deviation) = (network, mean, deviation);

    internal SupervisedNetwork Network => network;

    /// <summary>Of pixels in 0..1, the same for all channels.</summary>
    internal double Mean => mean;

    internal double Deviation => deviation;

    /// <param name="images">uint8 [n, C, H, W]</param>
    /// <param name="labels">One per image, 0 to classes - 1.</param>
    /// <param name="threads">Of the augmentation, which gives the same images on any number.</param>
    /// <param name="compute">What convolutions multiply in: Float32, or BFloat16, in which they sum to Float32.</param>
    public static SupervisedBaseline Fit(Tensor images, int[] labels, int classes, SupervisedBaselineOptions options, ulong seed,
        Action<FitProgress>? progress = null, CancellationToken cancellation = default, int threads = 1, DType compute = DType.Float32)
    {
        options.Validate();
        if (images.Size(0) != labels.Length)
            throw new ArgumentException($"{images.Size(0)} images need as many labels, got {labels.Length}.");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        options = options with { Augmentation = options.Augmentation.For(images, labels, classes) };
        var classifier = Untrained(images, classes, options, generator, compute);
        try
        {
            classifier.Train(images, Tensor.From(Array.ConvertAll(labels, label => (long)label)), options, generator, progress,
                cancellation, threads);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
        return classifier;
    }

    /// <summary>Before its first step.</summary>
    /// <param name="images">uint8 [n, C, H, W], of the size and kind that it will see.</param>
    internal static SupervisedBaseline Untrained(Tensor images, int classes, SupervisedBaselineOptions options, Generator generator,
        DType compute)
    {
        var (mean, deviation) = Statistics(images);
        var network = new SupervisedNetwork(options, (int)images.Size(1), (int)images.Size(2), (int)images.Size(3), classes, generator);
        network.ComputeMaps(compute);
        return new(network, mean, deviation);
    }

    /// <summary>
    /// One mean and standard deviation for all channels: those of the labelled images, the only ones a supervised network has.
    /// </summary>
    private static (double Mean, double Std) Statistics(Tensor images)
    {
        using var scope = TensorScope.Begin();
        var scaled = images.To(DType.Float32) / 255;
        return (scaled.Mean().ToDouble(), Math.Max(1e-3, Tensor.Invoke("aten::std", "", scaled, false).ToDouble()));
    }

    private void Train(Tensor images, Tensor labels, SupervisedBaselineOptions options, Generator generator, Action<FitProgress>? progress,
        CancellationToken cancellation, int threads)
    {
        // Weight decay pulls matrices and kernels, not norms and biases.
        var parameters = network.Parameters().ToLookup(p => p.Value.Dimensions > 1);
        var schedule = new OneCycle(options.LearningRate, options.StepsFor((int)labels.Elements));
        RateGroup Group(bool decays) =>
            new(new AdamW(parameters[decays], options.LearningRate, beta2: 0.99, weightDecay: decays ? options.WeightDecay : 0),
                schedule.At);
        using RateGroup decayed = Group(true), free = Group(false);
        var batches = ShuffledBatches.Endless((int)labels.Elements, options.BatchSize, generator);
        var channels = (int)images.Size(1);
        var views = options.Augmentation.Maker((int)images.Size(2), (int)images.Size(3), channels,
            [.. Enumerable.Repeat(mean, channels)], [.. Enumerable.Repeat(deviation, channels)]);
        ShortTraining.Run(batches, (int)schedule.TotalSteps, [decayed, free], places =>
        {
            var chosen = Tensor.From(places);
            var batch = views.Make(images.IndexSelect(0, chosen), generator, threads);      // [n, C, H, W], normalised
            return Loss.CrossEntropy(network.Forward(batch), labels.IndexSelect(0, chosen), options.LabelSmoothing);
        }, progress, cancellation);
        network.Train(false);
    }

    private Tensor Normalise(Tensor x) => (x - mean) / deviation;

    /// <summary>The class of each image.</summary>
    /// <param name="images">uint8 [N, C, H, W]</param>
    public int[] Predict(Tensor images)
    {
        var classes = new List<int>();
        for (long from = 0, count = images.Size(0); from < count; from += FeatureTable.BatchSize)
        {
            using var scope = TensorScope.Begin();
            classes.AddRange(Logits(images.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from))).ArgMax(1).ToArray<int>());
        }
        return [.. classes];
    }

    /// <summary>[B, classes] of a batch, without gradient.</summary>
    /// <param name="pixels">uint8 [B, C, H, W]</param>
    public Tensor Logits(Tensor pixels) => OfNormalised(pixels, network.Forward);

    /// <summary>[B, K] of a batch, what the last layer gets, without gradient.</summary>
    /// <param name="pixels">uint8 [B, C, H, W]</param>
    internal Tensor Features(Tensor pixels) => OfNormalised(pixels, network.Features);

    private Tensor OfNormalised(Tensor pixels, Func<Tensor, Tensor> what)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        return scope.Keep(what(Normalise(pixels.To(DType.Float32) / 255)));
    }

    /// <summary>Weights, and the mean and standard deviation of the pixels.</summary>
    internal IEnumerable<NamedTensor> State()
    {
        var pixels = Tensor.From([mean, deviation]);
        return network.State().Select(tensor => tensor with { Name = NetworkPrefix + tensor.Name }).Append(new(PixelsName, pixels));
    }

    internal static SupervisedBaseline Restore(SavedClassifier saved, SupervisedBaselineOptions options, DType compute)
    {
        options.Validate();
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        var (input, pixels) = (saved.Description.Input, saved.Weight(PixelsName, 2).ToArray<double>());
        var network = new SupervisedNetwork(options, input.Channels, input.ReadHeight, input.ReadWidth, saved.Classes, generator);
        network.ComputeMaps(compute);
        return new(saved.Load(network, NetworkPrefix), pixels[0], pixels[1]);
    }

    public void Dispose() => network.Dispose();
}
