using Foresee.Encoders;
using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class DeepClusterTests
{
    private const int Images = 24;

    private static DeepClusterV2Options Small { get; } = new(MethodFixtures.Encoder)
    {
        SmallViews = 0,
        HeadWidth = 16,
        Projection = 8,
        Clusters = 4,
        Clusterings = 2,
    };

    private static DeepCluster Build(DeepClusterV2Options options, Generator generator) =>
        new(options, new(MethodFixtures.Input, generator, Device.Cpu) { Images = Images });

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("deepcluster", t =>
    {
        var choices = DeepCluster.Choices(t["z"], 2, [.. t["centroids"].Split(1).Select(c => c.Select(0, 0))],
            [.. t["assignments"].Split(1).Select(a => a.Select(0, 0))], 0.1);
        return (choices[0].Loss + choices[1].Loss) / 2;
    });

    [Fact]
    public void Renaming_clusters_together_with_their_centroids_leaves_the_loss()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor z = Tensor.RandN([6, 5], generator), c = Tensor.RandN([4, 5], generator), own = Tensor.RandInt(0, 4, [6], generator);
        Tensor order = Tensor.From([2L, 0, 3, 1]), place = Tensor.From([1L, 3, 0, 2]); // new name k is old order[k]
        Assert.Equal(DeepCluster.Choices(z, 1, [c], [own], 0.1)[0].Loss.ToDouble(),
            DeepCluster.Choices(z, 1, [c.IndexSelect(0, order)], [place.IndexSelect(0, own)], 0.1)[0].Loss.ToDouble(), 1e-5);
    }

    [Fact]
    public void Spherical_k_means_finds_well_separated_directions()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var truth = Tensor.Arange(90).ToArray<long>().Select(i => (int)(i % 3)).ToArray();
        var axes = MethodFixtures.Eye(3).IndexSelect(0, Tensor.From(Array.ConvertAll(truth, i => (long)i)));
        var points = NegativeCosine.Unit(axes + Tensor.RandN([90, 3], generator) * 0.05);
        // of several beginnings, as k-means may stop at a poorer one
        var best = Enumerable.Range(0, 5).Select(_ => KMeans.Fit(points, 3, 10, generator, spherical: true))
            .MinBy(centroids => KMeans.Nearest(points, centroids).Error)!;
        Assert.All(best.Square().Sum(1).ToArray<float>(), length => Assert.Equal(1, length, 5));
        var found = KMeans.Nearest(points, best).Nearest.ToArray<long>();
        Assert.Equal(3, truth.Zip(found).Distinct().Count()); // purity 1: each truth goes with one cluster
    }

    [Fact]
    public void Each_pass_clusters_what_the_last_one_saw_and_empty_clusters_are_told()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(4);
        using var method = Build(Small, generator);
        Tensor State(string name) => method.Network.Buffers().Single(t => t.Name == name).Value;
        var features = Tensor.Ones([Images, method.Encoder.Features]);
        method.BeforeEpoch(new(0, Images, () => features));
        State("clustering.assignments").Zero_(); // of equal images rounding decides which of equal centroids is nearest
        var loss = method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator));
        Assert.Equal(Math.Log(4), loss.ChanceLevel!.Value, 1e-9);
        double Value(string name) => loss.Metrics.Single(metric => metric.Name == name).Value.ToDouble();
        Assert.Equal(1, Value("largest cluster"), 1e-6);
        Assert.Equal(0.75, Value("empty clusters"), 1e-6);
        var bank = State("bank.vectors").Clone();
        method.AfterStep(1, 10);
        Assert.NotEqual(bank.Narrow(0, 0, 4).ToArray<float>(), State("bank.vectors").Narrow(0, 0, 4).ToArray<float>());
        Assert.Equal(bank.Narrow(0, 4, Images - 4).ToArray<float>(), State("bank.vectors").Narrow(0, 4, Images - 4).ToArray<float>());
        method.BeforeEpoch(new(1, Images, () => throw new InvalidOperationException("The bank is full; no pass is needed.")));
        Assert.Equal(2, State("clustering.made").ToInt64());
        // each image is in the cluster whose centroid is nearest
        var scores = State("bank.vectors").MatMul(State("clustering.centroids").Select(0, 1).T());
        var own = scores.Gather(1, State("clustering.assignments").Select(0, 1).Unsqueeze(1));
        Assert.InRange((scores.MaxAlong(1, keep: true) - own).Max().ToDouble(), 0, 1e-6);
    }

    [Fact]
    public void Fewer_images_than_clusters_are_refused()
    {
        using var generator = new Generator(5);
        Assert.Contains("makes 30 clusters and needs as many images or more, got 24", Assert.Throws<ArgumentException>(() =>
            Build(Small with { Clusters = 30 }, generator)).Message, StringComparison.Ordinal);
    }
}
