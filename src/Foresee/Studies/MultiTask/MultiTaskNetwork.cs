using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Studies.Adaptation;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Studies.MultiTask;

/// <summary>A shared encoder with a linear head for each task.</summary>
internal sealed class MultiTaskNetwork : Module
{
    private const int Width = 16; // channels of the first stage
    private readonly PixelBody body;
    private readonly Linear[] heads;
    private readonly UncertaintyWeights? weights;

    /// <param name="classes">Of each task.</param>
    /// <param name="learntWeights">By uncertainty; else their sum.</param>
    public MultiTaskNetwork(InputFormat input, IReadOnlyList<int> classes, bool learntWeights, Generator generator)
    {
        body = Child("body", new PixelBody(input, generator, Width));
        heads = [.. classes.Select((count, i) => Child($"head{i + 1}", new Linear(body.Features, count, bias: true, generator)))];
        if (learntWeights) weights = Child("weights", new UncertaintyWeights(classes.Count));
    }

    /// <summary>What each task's loss counts.</summary>
    public double[] Weights => weights?.Weights() ?? [.. heads.Select(_ => 1.0)];

    /// <summary>Of the first task.</summary>
    public override Tensor Forward(Tensor x) => heads[0].Forward(body.Forward(x));

    /// <param name="images">uint8 [B, C, height, width]</param>
    /// <returns>[B, classes] logits of each task</returns>
    public Tensor[] All(Tensor images)
    {
        var features = body.Forward(images);
        return Array.ConvertAll(heads, head => head.Forward(features));
    }

    /// <param name="labels">[N] Int64 of each task.</param>
    public void Fit(Tensor images, IReadOnlyList<Tensor> labels, MultiTaskPlan plan, Generator generator, Action<FitProgress>? progress,
        CancellationToken cancel)
    {
        var schedule = new OneCycle(plan.LearningRate, plan.Steps);
        // The weights of tasks are not to decay towards 1.
        var parts = Parameters().ToLookup(parameter => parameter.Name.StartsWith("weights.", StringComparison.Ordinal));
        using var group = new RateGroup(new AdamW(parts[false], plan.LearningRate), schedule.At);
        using var own = weights is null ? null
            : new RateGroup(new AdamW(parts[true], plan.LearningRate, weightDecay: 0), schedule.At);
        Train(true);
        ShortTraining.Run(ShuffledBatches.Endless((int)images.Size(0), plan.BatchSize, generator), plan.Steps,
            own is null ? [group] : [group, own], batch =>
            {
                var chosen = Tensor.From(batch);
                var losses = Tensor.Stack([.. All(images.IndexSelect(0, chosen)).Zip(labels, (logits, truth) =>
                    Loss.CrossEntropy(logits, truth.IndexSelect(0, chosen)))]);                 // [tasks]
                return weights is null ? losses.Sum() : weights.Forward(losses);
            }, progress, cancel);
        Train(false);
    }

    /// <summary>Per cent right of each task.</summary>
    public double[] Right(Tensor images, IReadOnlyList<int[]> truth)
    {
        using var noGrad = Autograd.NoGrad();
        var told = heads.Select(_ => new List<int>()).ToArray();
        for (long from = 0, count = images.Size(0); from < count; from += FeatureTable.BatchSize)
        {
            using var scope = TensorScope.Begin();
            foreach (var (task, logits) in All(images.Narrow(0, from, Math.Min(FeatureTable.BatchSize, count - from))).Index())
                told[task].AddRange(logits.ArgMax(1).ToArray<int>());
        }
        return [.. told.Zip(truth, (said, right) => Accuracy.Top1([.. said], right))];
    }
}
