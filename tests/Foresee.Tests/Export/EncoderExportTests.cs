using Foresee.Encoders;
using Foresee.Encoders.Spectral;
using Foresee.Evaluation;
using Foresee.Export;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Export;

/// <summary>Each kind of encoder as ONNX: what ONNX Runtime computes is what libtorch computes.</summary>
public sealed class EncoderExportTests
{
    private static readonly InputFormat Colour = new(24, 20, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4], Margin = 3 };
    private static readonly InputFormat Grey = new(17, 21, 1);

    private static void IsLike(EncoderOptions options, InputFormat input, GridPooling pooling = GridPooling.Whole)
    {
        using var scope = TensorScope.Begin();
        using var classifier = RandomNetworks.Linear(RandomNetworks.Build(options, input), pooling);
        ExportedModel.IsLike(ModelExport.Build(classifier), classifier, RandomNetworks.Pixels(input));
    }

    [Theory]
    [InlineData(ResidualOrder.Plain, ConvStem.Small, false)]
    [InlineData(ResidualOrder.Plain, ConvStem.Medium, false)]
    [InlineData(ResidualOrder.Plain, ConvStem.Large, false)]
    [InlineData(ResidualOrder.Plain, ConvStem.Large, true)]
    [InlineData(ResidualOrder.PreActivation, ConvStem.Small, false)]
    [InlineData(ResidualOrder.PreActivation, ConvStem.Medium, false)]
    [InlineData(ResidualOrder.PreActivation, ConvStem.Large, false)]
    public void A_residual_network_on_whole_images(ResidualOrder order, ConvStem stem, bool bottlenecks)
    {
        var options = new ConvEncoderOptions(8, [1, 2], order, stem) { Bottlenecks = bottlenecks };
        IsLike(options, Colour);
        IsLike(options, Grey);
    }

    [Theory]
    [InlineData(GridPooling.Whole)]
    [InlineData(GridPooling.One)]
    [InlineData(GridPooling.Two)]
    [InlineData(GridPooling.Three)] // parts that overlap: 7 x 5 places
    public void Every_pooling_of_the_grid(GridPooling pooling) =>
        IsLike(new ConvEncoderOptions(6, [1], ResidualOrder.Plain, ConvStem.Medium), new(14, 10, 3), pooling);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_encoder_that_sees_mirror_images(bool upsideDown)
    {
        IsLike(new SymmetricOptions(new ConvEncoderOptions(6, [1], ResidualOrder.Plain, ConvStem.Medium), upsideDown), new(14, 10, 3),
            GridPooling.Two);
        Calibrated(new SymmetricOptions(new KMeansEncoderOptions(Centroids: 21, Patch: 4) { Patches = 3000, Rounds = 3 }, upsideDown),
            Colour with { Margin = 3 });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_stage_of_a_residual_network(int stage)
    {
        IsLike(new StageOptions(new ConvEncoderOptions(4, [1, 1, 1], ResidualOrder.PreActivation, ConvStem.Small), stage), Colour);
        IsLike(new StageOptions(new LabEncoderOptions(new(4, [1, 1, 1], ResidualOrder.Plain, ConvStem.Small)), stage), Colour);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Stages_side_by_side(int from)
    {
        IsLike(new StagesOptions(new ConvEncoderOptions(4, [1, 1, 1], ResidualOrder.PreActivation, ConvStem.Small), from), Colour);
        IsLike(new StagesOptions(new LabEncoderOptions(new(4, [1, 1, 1], ResidualOrder.Plain, ConvStem.Small)), from), Colour);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Lightness_and_colour(bool colour)
    {
        var half = new ConvEncoderOptions(4, [1, 1], ResidualOrder.Plain, ConvStem.Small);
        IsLike(new LabEncoderOptions(half, colour ? half with { Width = 6 } : null), Colour);
    }

    [Theory]
    [InlineData(Norm.Layer)]
    [InlineData(Norm.None)]
    [InlineData(Norm.Batch)]
    [InlineData(Norm.Group)]
    public void Patches_under_every_norm_and_kind_of_block(Norm norm)
    {
        var network = new PatchEncoderOptions(3, 8, 3, 1, [new(12, 6, 2), new(12, 6), new(20, 10) { Kind = BlockKind.Basic },
            new(24, 8, 2) { Kind = BlockKind.Basic }, new(24, 8, Kernel: 0)])
        { Norm = norm, Groups = 4 };
        IsLike(new PatchGridOptions(8, 4, network), Colour);
        IsLike(new PatchGridOptions(8, 4, network) { WholeImages = true }, Colour, GridPooling.Two);
    }

    [Fact]
    public void Patches_as_large_images_have_them_seen_as_one_vector_and_side_by_side()
    {
        var pooled = new PatchEncoderOptions(1, 8, 7, 2, [new(8, 4), new(16, 4, 2)]) { StemPool = 2 };
        IsLike(new PatchGridOptions(16, 5, pooled), new(33, 26, 1) { Mean = [0.3], Std = [0.25] });
        IsLike(new PatchGridOptions(6, 6, PatchEncoderOptions.PatchEmbedding(1, 6, width: 16, features: 10)), new(19, 24, 1));
    }

    [Fact]
    public void The_whitening_filter_is_part_of_the_first_layer()
    {
        using var scope = TensorScope.Begin();
        var network = new PatchEncoderOptions(3, 8, 3, 1, [new(12, 6, 2)]) { Whitening = 0.1 };
        using var encoder = RandomNetworks.Build(new PatchGridOptions(8, 4, network), Colour);
        using (Autograd.NoGrad())
            encoder.Calibrate(TrainedEncoder.Of(encoder, Device.Cpu).Normalised(RandomNetworks.Pixels(Colour).To(DType.Float32) / 255));
        using var classifier = RandomNetworks.Linear(encoder);
        ExportedModel.IsLike(ModelExport.Build(classifier), classifier, RandomNetworks.Pixels(Colour));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Codes_by_a_dictionary_of_k_means(int stride, bool normalised)
    {
        var input = normalised ? Colour with { Margin = 0 } : new(13, 11, 3);
        Calibrated(new KMeansEncoderOptions(Centroids: 21, Patch: 4) { Patches = 3000, Rounds = 3, Stride = stride }, input);
    }

    [Theory]
    [InlineData(4, 1, 0.5)]
    [InlineData(5, 2, 0)] // with a middle column
    public void Sparse_codes_and_their_spectral_embedding(int patch, int stride, double colour) =>
        Calibrated(new SpectralEncoderOptions(Atoms: 38, Vectors: 9, Patch: patch)
        {
            Patches = 3000,
            Stride = stride,
            Pool = 3,
            PoolStride = 2,
            Threshold = 0.2,
            Colour = colour,
        }, new(16, 13, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.25, 0.3] });

    [Fact]
    public void Encoders_side_by_side_each_at_its_own_size_and_channels()
    {
        using var scope = TensorScope.Begin();
        var joint = JointEncoder.Of([
            RandomNetworks.Build(new ConvEncoderOptions(4, [1, 1], ResidualOrder.Plain, ConvStem.Small), Colour),
            RandomNetworks.Build(new PatchGridOptions(8, 4, new(1, 8, 3, 1, [new(12, 6, 2)])), Grey),
        ]);
        using var classifier = RandomNetworks.Linear(joint);
        ExportedModel.IsLike(ModelExport.Build(classifier), classifier, RandomNetworks.Pixels(joint.Input));
    }

    private static void Calibrated(EncoderOptions options, InputFormat input)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var encoder = options.Build(input, generator);
        var pixels = RandomNetworks.Pixels(input);
        var smooth = Tensor.Rand([150, 3, input.Height + 2, input.Width + 2], generator).Unfold(2, 3, 1).Unfold(3, 3, 1).Mean([4, 5]);
        encoder.Calibrate(TrainedEncoder.Of(encoder, Device.Cpu).Normalised(smooth));
        encoder.Train(false);
        foreach (var pooling in new[] { GridPooling.Whole, GridPooling.Two })
        {
            using var classifier = RandomNetworks.Linear(Copy(encoder), pooling, Scaling.Root);
            ExportedModel.IsLike(ModelExport.Build(classifier), classifier, pixels);
        }
        encoder.Dispose();
    }

    private static Encoder Copy(Encoder encoder)
    {
        using var generator = new Generator(3);
        var copy = encoder.Options.Build(encoder.Input, generator);
        copy.Load(encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value));
        copy.Train(false);
        return copy;
    }

    [Fact]
    public void Another_kind_of_encoder_is_refused_by_name()
    {
        using var scope = TensorScope.Begin();
        using var classifier = RandomNetworks.Linear(new Mean(Grey));
        Assert.Contains("MeanOptions can't be written as ONNX", Assert.Throws<NotSupportedException>(() => ModelExport.Build(classifier))
            .Message, StringComparison.Ordinal);
    }

    private sealed record MeanOptions : EncoderOptions
    {
        public override Encoder Build(InputFormat input, Generator generator) => new Mean(input);
        public override void Validate(InputFormat input, ICollection<string> faults) { }
        public override string Describe(InputFormat input) => "means";
    }

    private sealed class Mean(InputFormat input) : Encoder(new MeanOptions(), input)
    {
        public override int Features => 1;
        public override Tensor Grid(Tensor images) => images.Mean([1, 2, 3]).View(-1, 1, 1, 1);
    }
}
