using Foresee.Augmentation;
using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Evaluation.Joint;

/// <summary>
/// The one loop of all protocols that learn from labelled and unlabelled images together: AdamW in one cycle, the average of the weights
/// kept. Unlabelled images are those of the task, which are training images and never those that are measured.
/// </summary>
internal sealed class JointTraining
{
    private const long MostPixels = 1L << 30; // of unlabelled images, bytes
    private const int StatisticsImages = 3000;
    private readonly JointProtocol protocol;
    private readonly ClassifierTask task;
    private readonly JointTrainingOptions options;
    private readonly Tensor unlabelled; // uint8 [N, C, H, W], shared between tasks
    private readonly Generator generator;

    private JointTraining(JointProtocol protocol, ClassifierTask task, Generator generator)
    {
        (this.protocol, this.task, this.generator, options) = (protocol, task, generator, protocol.Training);
        var count = (int)Math.Min(options.Images, MostPixels / task.Features.Input.Bytes);
        unlabelled = task.Features.Once((nameof(JointTraining), count), () => TensorScope.Detach(task.Features.UnlabelledPixels(count)));
    }

    public static Classifier Fit(JointProtocol protocol, ClassifierTask task, CancellationToken cancel)
    {
        protocol.Validate(task.Features.Input);
        using var scope = TensorScope.Begin();
        using var generator = new Generator((ulong)task.Seed);
        return new JointTraining(protocol, task, generator).Fit(cancel);
    }

    private Classifier Fit(CancellationToken cancel)
    {
        var pixels = ImageTensors.ReadAll(task.Labelled.Images, task.Features.Input);
        JointNetwork network = options.Network == JointNetworkKind.Supervised ? Supervised() : Grid(pixels, cancel);
        try
        {
            Train(network, pixels, cancel);
            return network.ToClassifier(task.Describe(protocol));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>uint8, evenly taken.</summary>
    private Tensor Sample()
    {
        var places = EvenSample.Of((int)unlabelled.Size(0), StatisticsImages);
        return unlabelled.IndexSelect(0, Tensor.From(Array.ConvertAll(places, place => (long)place)));
    }

    private JointSupervisedNetwork Supervised()
    {
        var settings = options.Supervised ?? throw new InvalidOperationException($"{protocol.Name} has no settings yet; call Resolve first.");
        var compute = options.Compute ?? DType.Float32;
        return new(SupervisedBaseline.Untrained(Sample(), task.Labelled.Classes.Length, settings, generator, compute), settings, compute);
    }

    /// <summary>An encoder, and the linear probe on it for a head: of few labels, but better than none (Kumar et al. 2022).</summary>
    private JointGridNetwork Grid(Tensor pixels, CancellationToken cancel)
    {
        var encoder = task.Features.NewEncoder();
        try
        {
            var compute = options.Compute ?? DType.Float32;
            encoder.Compute(compute);
            if (options.Network == JointNetworkKind.RandomInit) encoder.Forget((ulong)task.Seed);
            Tensor Pooled(Tensor images) => FineTuning.Pooled(encoder, images, options.Grid.Pooling);
            using var scaling = FeatureScaling.Fit(Pooled(Sample()), new());
            using var probe = LinearProbe.Fit(scaling.Apply(Pooled(pixels)), task.Labelled.Labels, task.Labelled.Classes.Length, new(),
                cancel);
            return new(encoder, new(options.Grid.Pooling, scaling.Copy(), probe, options.Grid.Dropout, generator), options.Grid, compute);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    private void Train(JointNetwork network, Tensor pixels, CancellationToken cancel)
    {
        var (count, input) = (task.Labelled.Labels.Length, task.Features.Input);
        var labels = Tensor.From(Array.ConvertAll(task.Labelled.Labels, label => (long)label));
        using var extra = protocol.Extra(network.Width, generator);
        var steps = options.StepsFor(count);
        var cycle = new OneCycle(1, steps);
        List<RateGroup> groups = [.. network.Groups(cycle)];
        if (extra is not null) groups.AddRange(LayerRates.Of(extra.Parameters(), protocol.ExtraRate, options.Grid.WeightDecay, cycle));
        using var average = new WeightAverage(network.State().Where(tensor => tensor.Value.DType == DType.Float32), options.Average);
        var augmentation = options.Augmentation?.For(pixels, task.Labelled.Labels, task.Labelled.Classes.Length);
        var views = Views(input, augmentation is { Turns: true });
        var others = ShuffledBatches.Endless((int)unlabelled.Size(0), options.Unlabelled, generator).GetEnumerator();
        var step = 0;
        network.Train(true);
        try
        {
            ShortTraining.Run(ShuffledBatches.Endless(count, options.BatchSize, generator), steps, groups, chosen =>
            {
                others.MoveNext();
                var places = Tensor.From(chosen);
                return protocol.Objective(new JointStep(network, extra, average, views, generator)
                {
                    LabelledPixels = pixels.IndexSelect(0, places),
                    UnlabelledPixels = unlabelled.IndexSelect(0, Tensor.From(others.Current)),
                    Labels = labels.IndexSelect(0, places),
                    Classes = task.Labelled.Classes.Length,
                    Time = step++ / (double)steps,
                });
            }, task.Progress, cancel, stepped: average.Update);
            average.SwapIn(); // for good
        }
        finally
        {
            foreach (var group in groups) group.Dispose();
            others.Dispose();
        }
    }

    private JointViews Views(InputFormat input, bool turned)
    {
        ITransform? turns = turned ? new QuarterTurns() : null;
        ViewMaker Maker(IReadOnlyList<ITransform?> changes) => new([.. changes, turns], new(input.ReadHeight, input.ReadWidth,
            input.Channels)
        {
            Fill = 0.5,
            Edge = input.Channels == 1 ? EdgeFill.Black : EdgeFill.Mirror, // as WholeImageAugmentation.For
        });
        return new(Maker(JointViewChanges.Weak(input)), Maker(protocol.OtherView(input)), task.Threads);
    }
}
