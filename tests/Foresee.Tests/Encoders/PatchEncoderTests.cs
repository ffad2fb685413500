using System.Text.Json;
using Foresee.Encoders;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Encoders;

public sealed class PatchEncoderTests
{
    private static PatchEncoderOptions Small(Norm norm, BlockKind kind = BlockKind.Bottleneck) =>
        new(2, 16, 3, 1, [new(32, 16, 2) { Kind = kind }, new(32, 16) { Kind = kind }]) { Norm = norm, Groups = 5 };

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public void An_encoder_of_whole_patches_leaves_one_position_of_them(int patch)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var encoder = new PatchEncoder(PatchEncoderOptions.PatchEmbedding(1, patch, width: 16, features: 16), generator);
        Assert.Equal([2, 16, 1, 1], encoder.Map(Tensor.RandN([2, 1, patch, patch], generator)).Shape);
        Assert.Equal(encoder.Options, JsonSerializer.Deserialize<PatchEncoderOptions>(JsonSerializer.Serialize(encoder.Options)));
    }

    public static TheoryData<Norm, BlockKind> Kinds
    {
        get
        {
            var all = new TheoryData<Norm, BlockKind>();
            foreach (var norm in Enum.GetValues<Norm>())
                foreach (var kind in Enum.GetValues<BlockKind>()) all.Add(norm, kind);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Recomputed_activations_give_the_same_features_and_gradients(Norm norm, BlockKind kind)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var kept = new PatchEncoder(Small(norm, kind), generator);
        using var again = new PatchEncoder(Small(norm, kind) with { Activations = Activations.Recompute }, generator);
        again.Load(kept.State().ToDictionary(s => s.Name, s => s.Value));
        var x = Tensor.RandN([7, 2, 8, 8], generator);
        var slope = Tensor.RandN([7, 32], generator);
        // the same on both sides
        foreach (var encoder in new[] { kept, again }) encoder.Compute(new Arithmetic(DType.Float32, Plain: true));
        Tensor[] Run(PatchEncoder encoder)
        {
            var features = encoder.Forward(x);
            return [features, .. Autograd.Gradients([(features * slope).Sum()], [.. encoder.Parameters().Select(p => p.Value)])
                .Select(g => g!)];
        }
        Assert.All(Run(kept).Zip(Run(again)), pair => Assert.Equal(0, (pair.First - pair.Second).Abs().Max().ToDouble(), 1e-6));
        Assert.All(kept.Buffers().Zip(again.Buffers()), pair =>
            Assert.Equal(0, (pair.First.Value - pair.Second.Value).Abs().Max().ToDouble(), 1e-6));
    }

    [Fact]
    public void A_basic_block_is_its_formula()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var encoder = new PatchEncoder(new(1, 4, 3, 1, [new(6, 5, 2) { Kind = BlockKind.Basic }]), generator);
        var w = encoder.State().ToDictionary(s => s.Name, s => s.Value);
        var image = Tensor.RandN([3, 1, 8, 8], generator);
        Tensor Normalised(Tensor x, string name)
        {
            var centred = x - x.Mean(1, keep: true);
            return centred / (centred.Square().Mean(1, keep: true) + 1e-5).Sqrt() * w[name + ".weight"].Reshape(1, -1, 1, 1)
                + w[name + ".bias"].Reshape(1, -1, 1, 1);
        }
        var x = image.Conv2d(w["stem.weight"], padding: [1, 1]);
        var h = Normalised(x, "blocks.0.norm1").Relu();
        var y = Normalised(h.Conv2d(w["blocks.0.conv1.weight"], stride: [2, 2], padding: [1, 1]), "blocks.0.norm2").Relu()
            .Conv2d(w["blocks.0.conv2.weight"], padding: [1, 1]) + h.Conv2d(w["blocks.0.shortcut.weight"], stride: [2, 2]);
        var expected = Normalised(y, "norm").Relu().Mean([2, 3]);
        Assert.Equal(0, (expected - encoder.Forward(image)).Abs().Max().ToDouble(), 1e-5);
    }

    [Fact]
    public void Only_batch_norm_lets_patches_know_of_one_another()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        foreach (var norm in Enum.GetValues<Norm>())
        {
            using var encoder = new PatchEncoder(Small(norm), generator);
            var x = Tensor.RandN([4, 2, 8, 8], generator);
            x.RequiresGrad = true;
            var gradient = Autograd.Gradients([encoder.Forward(x).Select(0, 0).Sum()], [x])[0]!;
            var others = gradient.Narrow(0, 1, 3).Abs().Max().ToDouble();
            Assert.True(norm == Norm.Batch
                ? others > 0
                : others == 0, $"{norm}: gradient {others} from the first patch's vector to the others");
        }
    }

    [Fact]
    public void Without_a_norm_convolutions_have_a_bias_and_nothing_else_learns()
    {
        using var generator = new Generator(4);
        using var encoder = new PatchEncoder(Small(Norm.None), generator);
        Assert.DoesNotContain(encoder.State(), s => s.Name.Contains("norm", StringComparison.Ordinal));
        Assert.Contains(encoder.State(), s => s.Name == "blocks.0.conv1.bias");
        using var layered = new PatchEncoder(Small(Norm.Layer), generator);
        Assert.DoesNotContain(layered.State(), s => s.Name.Contains("conv", StringComparison.Ordinal)
            && s.Name.EndsWith("bias", StringComparison.Ordinal));
    }

    [Fact]
    public void A_description_without_the_later_options_reads_as_it_was_meant()
    {
        const string Earlier = """
            {"Options":{"Channels":1,"Stem":32,"StemKernel":3,"StemStride":1,"Blocks":[{"Width":64,"Middle":32,"Stride":2,"Kernel":3},{"Width":64,"Middle":32,"Stride":1,"Kernel":3},
            {"Width":256,"Middle":64,"Stride":2,"Kernel":3},{"Width":256,"Middle":64,"Stride":1,"Kernel":3},{"Width":256,"Middle":64,"Stride":1,"Kernel":3}],"Features":256,"StemPadding":1},
            "Height":28,"Width":28,"Patch":8,"Stride":4,"Mean":[0.2865],"Deviation":[0.353]}
            """;
        var path = Path.Combine(Directory.CreateTempSubdirectory("foresee-").FullName, EncoderFile.FileName);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(5);
        using var encoder = new PatchEncoder(PatchEncoderOptions.Small8(1), generator);
        Safetensors.Write(path, encoder.State(), new Dictionary<string, string> { ["foresee.encoder"] = Earlier });
        using (var read = (PatchGridEncoder)EncoderFile.Read(path))
        {
            Assert.Equal(PatchEncoderOptions.Small8(1), read.Network.Options);
            Assert.Equal(new(28, 28, 1) { Mean = [0.2865], Std = [0.353] }, read.Input);
            Assert.Equal((8, 4), (read.Geometry.Patch, read.Geometry.Stride));
            var x = Tensor.RandN([3, 1, 8, 8], generator);
            Assert.Equal(encoder.Forward(x).ToArray<float>(), read.Network.Forward(x).ToArray<float>());
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Every_option_survives_the_file()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("foresee-").FullName, EncoderFile.FileName);
        using var scope = TensorScope.Begin();
        using var generator = new Generator(6);
        var options = Small(Norm.Batch, BlockKind.Basic) with { StemPool = 2, Activations = Activations.Recompute };
        using var grid = PatchGrids.Build(options, 16, 8, 4, generator, mean: 0, std: 1);
        var encoder = grid.Network;
        encoder.Forward(Tensor.RandN([9, 2, 8, 8], generator) + 1); // moves the running statistics, which must be kept too
        EncoderFile.Write(path, grid);
        using (var read = (PatchGridEncoder)EncoderFile.Read(path))
        {
            Assert.Equal((grid.Options, grid.Input), (read.Options, read.Input));
            Assert.Contains("\"Norm\":\"Batch\"", JsonSerializer.Serialize(read.Options), StringComparison.Ordinal);
            encoder.Train(false);
            var x = Tensor.RandN([3, 2, 8, 8], generator);
            Assert.Equal(encoder.Forward(x).ToArray<float>(), read.Network.Forward(x).ToArray<float>());
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void Faults_are_named_at_once()
    {
        using var generator = new Generator(7);
        var options = new PatchEncoderOptions(1, 8, 3, 1, [new(8, 8, Kernel: 0) { Kind = BlockKind.Basic }]) { StemPool = 3, Groups = 0 };
        var message = Assert.Throws<ArgumentException>(() => new PatchEncoder(options, generator)).Message;
        Assert.Contains("stride of 2, or 1 for none, got 3", message, StringComparison.Ordinal);
        Assert.Contains("at least 1 group, got 0", message, StringComparison.Ordinal);
        Assert.Contains("Kind = Basic", message, StringComparison.Ordinal);
    }
}
