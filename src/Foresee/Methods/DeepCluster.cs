using System.Text.Json.Serialization;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Heads;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Torch;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Methods;

/// <summary>Settings of <see cref="DeepCluster"/>, version 2.</summary>
/// <param name="Encoder">Of whole images.</param>
public sealed record DeepClusterV2Options(ConvEncoderOptions Encoder) : MultiCropOptions(Encoder)
{
    /// <summary>Width inside the head.</summary>
    public int HeadWidth { get; init; } = 2048;

    /// <summary>d, the length of the vectors.</summary>
    public int Projection { get; init; } = 128;

    /// <summary>K</summary>
    public int Clusters { get; init; } = 3000;

    /// <summary>Clusterings side by side, each from other random centroids.</summary>
    public int Clusterings { get; init; } = 3;

    /// <summary>τ</summary>
    public double Temperature { get; init; } = 0.1;

    /// <summary>Of k-means.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Steps from one clustering to the next within a pass; 0 for one at the beginning of each pass, as published.</summary>
    public int ClusterEvery { get; init; }

    /// <summary>A small network, few clusters, and a new clustering every 100 steps, for runs of few passes.</summary>
    public static DeepClusterV2Options For(DataProfile data) => new(SmallEncoder(data))
    {
        Augmentation = Suited(ImageAugmentation.MoCoV2, data),
        SmallAugmentation = Suited(ImageAugmentation.MoCoV2 with { LeastArea = 0.08, MostArea = 0.3 }, data),
        SmallViews = 4,
        SmallSide = SmallSideFor(data),
        HeadWidth = 512,
        Clusters = Math.Clamp(data.Count / 8, 2, 128),
        ClusterEvery = 100,
    };

    [JsonIgnore]
    public override SuggestedTraining Suggested => new(128, new(OptimiserKind.Sgd, 0.06) { WeightDecay = 5e-4 });

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        base.Validate(input, faults);
        if (HeadWidth < 1 || Projection < 1 || Clusterings < 1) faults.Add("head width, projection and clusterings must be at least 1");
        if (Clusters < 2) faults.Add($"at least 2 clusters are needed, got {Clusters}");
        if (!(Temperature > 0)) faults.Add($"the temperature must be above 0, got {Temperature}");
        if (Rounds < 1 || ClusterEvery < 0) faults.Add("rounds must be at least 1, steps between clusterings 0 or more");
    }

    public override IMethod Build(MethodContext context) => new DeepCluster(this, context);
}

/// <summary>
/// DeepCluster, version 2 (Caron, Bojanowski, Joulin and Douze, ECCV 2018; version 2 in Caron et al., NeurIPS 2020, section 4):
/// <code>
/// z_v = g(f(x_v)) / ‖·‖                                    views v as in SwAV
/// c_1..c_K, a_i = spherical k-means of all images' last z  at the beginning of each pass, a_i the cluster of image i
/// L = mean over v of -log softmax_{a_i}(z_v·c / τ)
/// </code>
/// </summary>
/// <remarks>
/// L begins near ln K. "largest cluster" is its share of the images: above a tenth, clusters degenerate, as where "empty clusters" is above
/// a twentieth. The first clustering is that of the untrained network.
/// </remarks>
public sealed class DeepCluster : IMethod
{
    private const int Block = 4096; // feature vectors that pass through the head at once
    private readonly DeepClusterV2Options options;
    private readonly MethodContext context;
    private readonly Embedding embedding;
    private readonly MemoryBank bank;
    private readonly Clustering clustering;
    private readonly NamedParts network;
    private readonly Views views;

    /// <exception cref="ArgumentException">Settings don't fit, or there are fewer images than clusters.</exception>
    public DeepCluster(DeepClusterV2Options options, MethodContext context)
    {
        context.Check(options);
        if (context.Images < options.Clusters)
            throw new ArgumentException($"{options.Name} makes {options.Clusters} clusters and needs as many images or more, got "
                + $"{context.Images}; ask for fewer clusters, or set MethodContext.Images.");
        (this.options, this.context, views) = (options, context, options.Views(context));
        embedding = new(options.Encoder, context,
            features => new Mlp([features, options.HeadWidth, options.Projection], norms: true, context.Generator));
        bank = new(Tensor.Zeros([context.Images, options.Projection]));
        clustering = new(options, context.Images);
        network = context.Place(new NamedParts(("embedding", embedding), ("bank", bank), ("clustering", clustering)));
    }

    public Module Network => network;

    public Encoder Encoder => embedding.Encoder;

    public Inputs Prepare(ImageBatch batch, Generator generator)
    {
        var (indices, tensors) = views.Of(batch, generator);
        return new(indices, [.. tensors, Tensor.From(Array.ConvertAll(indices, i => (long)i)).To(context.Device)]);
    }

    public StepLoss Loss(Inputs inputs)
    {
        var count = inputs.Tensors.Count - 1;
        var crops = inputs with { Tensors = [.. inputs.Tensors.Take(count)] };
        var z = NegativeCosine.Unit(embedding.Projector.Forward(options.Features(embedding, crops)));      // [V·B, d]
        bank.Hold(inputs.Tensors[^1], z.Detach().Chunk(count)[0]);
        int[] all = [.. Enumerable.Range(0, options.Clusterings)];
        var choices = Choices(z, count, Array.ConvertAll(all, clustering.Centroids),
            Array.ConvertAll(all, h => clustering.Assignments(h).IndexSelect(0, inputs.Tensors[^1])), options.Temperature);
        var (largest, empty) = clustering.Sizes();
        return new(Tensor.Stack([.. choices.Select(choice => choice.Loss)]).Mean(), Math.Log(options.Clusters),
            new Metric(Metric.Accuracy, Tensor.Stack([.. choices.Select(choice => choice.Correct)]).Mean(), 1.0 / options.Clusters),
            new Metric("largest cluster", largest, 1.0 / options.Clusters), new Metric("empty clusters", empty, 0), Metric.OutputStd(z));
    }

    /// <summary>Of each clustering, how well z tells the images' clusters.</summary>
    /// <param name="z">[V·B, d], view by view, rows of length 1</param>
    /// <param name="count">V</param>
    /// <param name="centroids">Of each clustering, [K, d].</param>
    /// <param name="assignments">In each clustering, of the batch's images, Int64 [B].</param>
    internal static InfoNceResult[] Choices(Tensor z, int count, IReadOnlyList<Tensor> centroids, IReadOnlyList<Tensor> assignments,
        double temperature) =>
        [.. centroids.Zip(assignments, (c, own) => Choice.Of(z.MatMul(c.T()) / temperature,
            Tensor.Cat([.. Enumerable.Repeat(own, count)])))];

    public void BeforeEpoch(EpochStart start)
    {
        using var scope = TensorScope.Begin();
        if (!clustering.Done) Fill(start.Features());
        clustering.Make(bank.Vectors);
    }

    /// <summary>The bank's first vectors, before any image has been seen in training.</summary>
    /// <param name="features">[N, D]</param>
    private void Fill(Tensor features)
    {
        using var noGrad = Autograd.NoGrad();
        for (long from = 0; from < features.Size(0); from += Block)
        {
            using var scope = TensorScope.Begin();
            var part = features.Narrow(0, from, Math.Min(Block, features.Size(0) - from)).To(context.Device);
            bank.Vectors.Narrow(0, from, part.Size(0)).Copy_(NegativeCosine.Unit(embedding.Projector.Forward(part)));
        }
    }

    public void AfterStep(long step, long steps)
    {
        bank.PutHeld(keep: 0);
        if (options.ClusterEvery > 0 && step % options.ClusterEvery == 0) clustering.Make(bank.Vectors);
    }

    public void Dispose() => network.Dispose();

    /// <summary>Centroids and assignments of all clusterings. They are state, so they are in the checkpoint.</summary>
    internal sealed class Clustering : Module
    {
        private readonly DeepClusterV2Options options;
        private readonly Tensor centroids, assignments, made;

        public Clustering(DeepClusterV2Options options, int images)
        {
            this.options = options;
            centroids = Buffer("centroids", Tensor.Zeros([options.Clusterings, options.Clusters, options.Projection]));
            assignments = Buffer("assignments", Tensor.Zeros([options.Clusterings, images], DType.Int64));
            made = Buffer("made", Tensor.Zeros([], DType.Int64)); // how often, which seeds the next
        }

        public bool Done => made.ToInt64() > 0;

        /// <summary>[K, d], rows of length 1</summary>
        public Tensor Centroids(int clustering) => centroids.Select(0, clustering);

        /// <summary>Int64 [N]</summary>
        public Tensor Assignments(int clustering) => assignments.Select(0, clustering);

        /// <param name="vectors">[N, d], rows of length 1</param>
        public void Make(Tensor vectors)
        {
            using var scope = TensorScope.Begin();
            using var noGrad = Autograd.NoGrad();
            var (points, before) = (vectors.To(Device.Cpu), made.ToInt64());
            for (var h = 0; h < options.Clusterings; h++)
            {
                using var generator = new Generator((ulong)(before * options.Clusterings + h));
                var fitted = KMeans.Fit(points, options.Clusters, options.Rounds, generator, spherical: true);
                Centroids(h).Copy_(fitted);
                Assignments(h).Copy_(KMeans.Nearest(points, fitted).Nearest);
            }
            made.Fill_(before + 1);
        }

        /// <summary>The largest cluster's share of the images, and the share of empty clusters, over all clusterings.</summary>
        public (Tensor Largest, Tensor Empty) Sizes()
        {
            var sizes = Tensor.Zeros([options.Clusterings, options.Clusters], device: assignments.Device);
            sizes.ScatterAdd_(1, assignments, Tensor.Ones(assignments.Shape, device: assignments.Device));
            return (sizes.Max() / (double)assignments.Size(1), sizes.Equal(0).To(DType.Float32).Mean());
        }

        public override Tensor Forward(Tensor x) => throw new NotSupportedException("A clustering has no forward pass.");
    }
}
