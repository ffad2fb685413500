using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Export;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Export;

/// <summary>Each kind of scaling and head as ONNX: what ONNX Runtime computes is what libtorch computes.</summary>
public sealed class HeadExportTests
{
    private static readonly InputFormat Input = new(20, 20, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4] };
    private static readonly ConvEncoderOptions Options = new(6, [1, 1], ResidualOrder.Plain, ConvStem.Small);

    private static Encoder Encoder() => RandomNetworks.Build(Options, Input);

    private static void IsLike(Classifier classifier, double temperature = 1)
    {
        using var scope = TensorScope.Begin();
        ExportedModel.IsLike(ModelExport.Build(classifier, temperature), classifier, RandomNetworks.Pixels(Input), temperature);
    }

    [Theory]
    [InlineData(Scaling.Centre)]
    [InlineData(Scaling.Standardise)]
    [InlineData(Scaling.Whiten)]
    [InlineData(Scaling.Principal)]
    [InlineData(Scaling.Root)]
    public void A_linear_probe_under_every_scaling(Scaling scaling)
    {
        using var classifier = RandomNetworks.Linear(Encoder(), GridPooling.Two, scaling);
        IsLike(classifier);
        IsLike(classifier, temperature: 1.7);
    }

    private static FeatureClassifier OnFeatures(Scaling scaling, Func<Tensor, Generator, Module> head) =>
        RandomNetworks.OnFeatures(Encoder(), new(GridPooling.Two) { Scaling = new(scaling, Components: 3) }, head);

    [Theory]
    [InlineData(Scaling.Standardise)]
    [InlineData(Scaling.Principal)]
    public void The_nearest_class_mean_one_class_without_labels(Scaling scaling)
    {
        using var classifier = OnFeatures(scaling, (features, _) =>
            ClassMeans.Fit(features, [0, 1, 2, 4, 0, 1, 2], RandomNetworks.Classes.Length, temperature: 0.1));
        IsLike(classifier);
        IsLike(classifier, temperature: 0.6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void The_vote_of_the_nearest_neighbours(int count)
    {
        using var classifier = OnFeatures(Scaling.Standardise, (features, generator) => NeighbourVote.Fit(
            Tensor.Cat([features * 1.1 + Tensor.RandN(features.Shape, generator) * 0.02, Tensor.RandN(features.Shape, generator)]),
            [0, 1, 2, 4, 0, 1, 2, 3, 3, 3, 1, 1, 0, 4], RandomNetworks.Classes.Length, new(0.2) { Counts = [count] }));
        IsLike(classifier);
        IsLike(classifier, temperature: 1.5);
        IsLike(classifier, temperature: 12); // a probability of 0 counts as 1e-30, and is then above 0.003
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2.5)]
    public void A_probe_beside_what_its_neighbours_were_told(double sharpness)
    {
        using var classifier = OnFeatures(Scaling.Principal, (features, generator) => new SpreadPrediction(
            new LinearProbe(Tensor.RandN([features.Size(1) + 1, RandomNetworks.Classes.Length], generator)),
            NearestRows.Unit(Tensor.RandN([40, features.Size(1)], generator)),
            Tensor.Rand([40, RandomNetworks.Classes.Length], generator), new() { Neighbours = 6, Sharpness = sharpness }));
        IsLike(classifier);
        IsLike(classifier, temperature: 2);
    }

    [Fact]
    public void A_probe_stands_alone_where_all_that_is_near_says_nothing()
    {
        using var classifier = OnFeatures(Scaling.Principal, (features, generator) => new SpreadPrediction(
            new LinearProbe(Tensor.RandN([features.Size(1) + 1, RandomNetworks.Classes.Length], generator)),
            NearestRows.Unit(Tensor.RandN([9, features.Size(1)], generator)), Tensor.Zeros([9, RandomNetworks.Classes.Length]),
            new() { Neighbours = 3 }));
        IsLike(classifier);
    }

    private static GridClassifier OnGrid(Func<TrainedEncoder, Generator, Module> head, Encoder? encoder = null)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(9);
        var trained = TrainedEncoder.Own(encoder ?? Encoder(), Device.Cpu);
        return new(RandomNetworks.Describe(Input), new(trained, RandomNetworks.Randomised(head(trained, generator)), Device.Cpu));
    }

    [Theory]
    [InlineData(Scaling.Standardise)]
    [InlineData(Scaling.Whiten)]
    [InlineData(Scaling.Root)]
    public void A_probe_that_learnt_on_with_its_encoder(Scaling scaling)
    {
        using var classifier = OnGrid((encoder, generator) =>
        {
            var features = FeatureTable.Pool(encoder.Features(RandomNetworks.Pixels(Input)), GridPooling.Three);
            var own = FeatureScaling.Fit(features, new(scaling, Components: 4));
            using var probe = new LinearProbe(Tensor.RandN([own.Outputs + 1, RandomNetworks.Classes.Length], generator));
            return new ProbeHead(GridPooling.Three, own, probe, dropout: 0.3, generator);
        });
        IsLike(classifier);
        IsLike(classifier, temperature: 0.8);
    }

    [Fact]
    public void The_head_of_the_papers_linear_evaluation()
    {
        using var classifier = OnGrid((encoder, generator) =>
        {
            var head = new ScaleFreeHead(encoder.Width, RandomNetworks.Classes.Length);
            using var noGrad = Autograd.NoGrad();
            head.Parameters().First().Value.Copy_(Tensor.RandN([RandomNetworks.Classes.Length, encoder.Width], generator));
            return head;
        });
        IsLike(classifier);
    }

    [Fact]
    public void A_residual_head_on_whole_images_and_on_patches()
    {
        Module Head(TrainedEncoder encoder, Generator generator) => new ResidualHead(encoder.Width, RandomNetworks.Classes.Length,
            FineTuningOptions.Frozen with { Blocks = 2, BottleneckWidth = 5 }, generator);
        using var whole = OnGrid(Head);
        IsLike(whole);
        using var patches = OnGrid(Head, RandomNetworks.Build(new PatchGridOptions(8, 4, new(3, 8, 3, 1, [new(12, 6, 2)])), Input));
        IsLike(patches);
    }
}
