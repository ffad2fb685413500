using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;
using CrossEntropy = Foresee.Torch.Losses.Loss;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="Swav"/>.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record SwavOptions(ConvEncoderOptions Encoder) : MultiCropOptions(Encoder)
{
    /// <summary>Width inside the head.</summary>
    public int HeadWidth { get; init; } = 2048;

    /// <summary>d, the length of the vectors.</summary>
    public int Projection { get; init; } = 128;

    /// <summary>K</summary>
    public int Prototypes { get; init; } = 3000;

    /// <summary>τ</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>ε of the codes.</summary>
    public double Epsilon { get; init; } = 0.05;

    /// <summary>Rounds of Sinkhorn and Knopp.</summary>
    public int Rounds { get; init; } = 3;

    /// <summary>Earlier vectors that are given codes, too, so that K can exceed a batch; 0 for none.</summary>
    public int QueueLength { get; init; } = 3840;

    /// <summary>Steps before the queue is used: at first its vectors are of no use (paper: 15 passes).</summary>
    public int QueueFrom { get; init; } = 75_000;

    /// <summary>Steps during which prototypes stay as they are (paper: 5005, the first pass).</summary>
    public int FrozenSteps { get; init; } = 5005;

    /// <summary>A small network, few prototypes, four small views beside the large ones.</summary>
    public static SwavOptions For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV2, data),
        SmallAugmentation = Suited(ImageAugmentation.MoCoV2 with { LeastArea = 0.08, MostArea = 0.3 }, data),
        SmallViews = 4,
        SmallSide = SmallSideFor(data),
        HeadWidth = 512,
        Prototypes = 128,
        QueueLength = Math.Clamp(data.Count / 4, 1, 512),
        QueueFrom = 100,
        FrozenSteps = 50,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (HeadWidth < 1 || Projection < 1 || Rounds < 1) faults.Add("head width, projection and rounds must be at least 1");
        if (Prototypes < 2) faults.Add($"at least 2 prototypes are needed, got {Prototypes}");
        if (!(Temperature > 0 && Epsilon > 0)) faults.Add($"temperature and epsilon must be above 0, got {Temperature} and {Epsilon}");
        if (QueueLength < 0 || QueueFrom < 0 || FrozenSteps < 0) faults.Add("queue length and steps must be 0 or more");
    }

    internal override bool LearnsInRanks => true;

    public override IMethod Build(MethodContext context) => new Swav(this, context);
}

/// <summary>
/// SwAV (Caron, Misra, Mairal, Goyal, Bojanowski and Joulin, "Unsupervised Learning of Visual Features by Contrasting Cluster Assignments",
/// NeurIPS 2020):
/// <code>
/// z_v = g(f(x_v)) / ‖·‖                                view v: two large ones, some small ones
/// q_s = Sinkhorn codes of z_s·c                        of both large views s, without gradient   (section 3.1)
/// L = mean over s and v ≠ s of -Σ_k q_sk log softmax_k(z_v·c / τ)       c_1..c_K the prototypes   (eqs. 1, 2 and 6)
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln K; one that stays there is a collapse. "accuracy" is how often the second view's nearest prototype is that of the first
/// one's code.
/// </remarks>
public sealed class Swav : IMethod
{
    private readonly SwavOptions options;
    private readonly Embedding embedding;
    private readonly Prototypes prototypes;
    private readonly VectorQueue[] queues; // of each large view, or none
    private readonly NamedParts network;
    private readonly Views views;
    private readonly BatchShare share;

    public Swav(SwavOptions options, MethodContext context)
    {
        context.Check(options);
        (this.options, views, share) = (options, options.Views(context), context.Share);
        embedding = new(options.Encoder, context,
            features => new Mlp([features, options.HeadWidth, options.Projection], norms: true, context.Generator));
        prototypes = new(options.Prototypes, options.Projection, context.Generator);
        queues = [.. Enumerable.Range(0, options.QueueLength > 0 ? MultiCropOptions.LargeViews : 0)
            .Select(_ => new VectorQueue(Tensor.Zeros([options.QueueLength, options.Projection])))];
        network = context.Place(new NamedParts([("embedding", embedding), ("prototypes", prototypes),
            .. queues.Index().Select(queue => ($"queue{queue.Index + 1}", (Module)queue.Item))]));
    }

    public Module Network => network;

    public Encoder Encoder => embedding.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator) => views.Of(batch, generator);

    public StepLoss Loss(Inputs inputs)
    {
        var count = inputs.Tensors.Count;
        var z = NegativeCosine.Unit(embedding.Projector.Forward(options.Features(embedding, inputs)));     // [V·B, d]
        var frozen = prototypes.Steps < options.FrozenSteps;
        var scores = z.MatMul((frozen ? prototypes.Weight.Detach() : prototypes.Weight).T()).Chunk(count); // V of [B, K]
        var vectors = z.Detach().Chunk(count);
        Tensor[] codes = [.. Enumerable.Range(0, MultiCropOptions.LargeViews).Select(s => Codes(s, scores[s].Detach(), vectors[s]))];
        var same = codes[0].ArgMax(1).Equal(scores[1].Detach().ArgMax(1)).To(DType.Float32).Mean();
        return new(Loss(scores, codes, options.Temperature), Math.Log(options.Prototypes),
            new Metric(Metric.Accuracy, same, 1.0 / options.Prototypes), Metric.OutputStd(vectors[0]));
    }

    /// <param name="scores">Of each view, [B, K].</param>
    /// <param name="codes">Of the large views, which come first, [B, K].</param>
    internal static Tensor Loss(IReadOnlyList<Tensor> scores, IReadOnlyList<Tensor> codes, double temperature)
    {
        var pairs = from s in Enumerable.Range(0, codes.Count)
                    from v in Enumerable.Range(0, scores.Count)
                    where v != s
                    select CrossEntropy.SoftCrossEntropy(scores[v] / temperature, codes[s]);
        return Tensor.Stack([.. pairs]).Mean();
    }

    /// <summary>Of one large view, balanced over the batch of all ranks and the queue.</summary>
    /// <param name="scores">[B, K]</param>
    /// <param name="z">[B, d]</param>
    private Tensor Codes(int view, Tensor scores, Tensor z)
    {
        using var noGrad = Autograd.NoGrad();
        scores = share.Everyone(scores);
        var batch = scores.Size(0);                                                         // of all ranks
        if (queues.Length > 0)
        {
            queues[view].Hold(share.Everyone(z));
            if (prototypes.Steps >= options.QueueFrom && queues[view].IsFull)
                scores = Tensor.Cat([prototypes.Forward(queues[view].Vectors), scores]);
        }
        return share.Own(Sinkhorn.Codes(scores, options.Epsilon, options.Rounds).Narrow(0, scores.Size(0) - batch, batch));
    }

    public void AfterStep(long step, long steps)
    {
        prototypes.AfterStep();
        foreach (var queue in queues) queue.PutHeld();
    }

    public void Dispose() => network.Dispose();
}
