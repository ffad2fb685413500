using Foresee.Encoders;
using Foresee.Encoders.Imported;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Images;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Encoders.Imported;

/// <summary>Weights from elsewhere: what ONNX Runtime computes is the truth for those that come as ONNX.</summary>
public sealed class ImportedEncoderTests : IDisposable
{
    private static readonly InputFormat Input = new(64, 64, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4] };
    private static readonly ConvEncoderOptions Options = new(8, [1, 2], ResidualOrder.Plain, ConvStem.Large);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>Random weights, and running statistics that are not those of a fresh norm.</summary>
    private static ConvEncoder Made(ConvEncoderOptions? options = null)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        using var generator = new Generator(7);
        var encoder = new ConvEncoder(options ?? Options, Input, generator);
        foreach (var (name, value) in encoder.State())
            if (name.EndsWith("running_var", StringComparison.Ordinal)) value.Copy_(Tensor.Rand(value.Shape, generator) + 0.5);
            else if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal))
                value.Copy_(Tensor.RandN(value.Shape, generator) * 0.1);
        encoder.Train(false);
        return encoder;
    }

    private static Tensor Pixels(int count)
    {
        using var generator = new Generator(11);
        return Tensor.RandInt(0, 256, [count, 3, 64, 64], generator).To(DType.UInt8);
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance = 1e-4)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var difference = (expected - actual).Abs().Max().ToDouble();
        Assert.True(difference <= tolerance * Math.Max(1, expected.Abs().Max().ToDouble()), $"the largest difference is {difference}");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)] // a model for one image at a time
    public void ONNX_Runtime_computes_what_a_ConvEncoder_computes(int batch)
    {
        using var scope = TensorScope.Begin();
        using var encoder = Made();
        var path = OnnxFile.Of(encoder, batch, 3, 64, 64).Write(folder.File("a.onnx"));
        File.WriteAllText(path + ".json", """{"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}""");
        using var onnx = TrainedEncoder.Load(path, Device.Cpu);
        Assert.Equal(Input with { Small = SmallImages.Enlarge }, onnx.Input);
        Assert.Equal(encoder.Features, onnx.Width);
        var pixels = Pixels(5);
        using var own = TrainedEncoder.Of(encoder, Device.Cpu);
        Near(own.Features(pixels).Mean([1, 2]), onnx.Features(pixels).Mean([1, 2]));
    }

    [Fact]
    public void Channels_in_the_other_order_and_levels_to_255_are_as_described()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Made();
        var path = OnnxFile.Of(encoder, -1, 3, 64, 64).Write(folder.File("a.onnx"));
        File.WriteAllText(path + ".json", """{"mean": [10, 20, 30], "std": [1, 2, 4], "range": 255, "order": "bgr"}""");
        using var onnx = TrainedEncoder.Load(path, Device.Cpu);
        var pixels = Pixels(2);
        var levels = pixels.To(DType.Float32).Flip(1); // blue, green, red
        using var noGrad = Autograd.NoGrad();
        var expected = encoder.Grid((levels - Tensor.From<float>([10, 20, 30], 1, 3, 1, 1)) / Tensor.From<float>([1, 2, 4], 1, 3, 1, 1));
        Near(expected.Mean([1, 2]), onnx.Features(pixels).Mean([1, 2]));
    }

    [Fact]
    public void Weights_of_an_ONNX_ResNet_become_a_network_that_can_learn()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Made();
        var path = OnnxFile.Of(encoder, -1, 3, 64, 64).Write(folder.File("a.onnx"));
        using var read = OnnxResNet.Read(path, Options, Input, reversed: false);
        foreach (var (own, its) in encoder.State().Zip(read.State()))
            if (own.Value.DType == DType.Float32) Assert.Equal(own.Value.ToArray<float>(), its.Value.ToArray<float>());
        using var reversed = OnnxResNet.Read(path, Options, Input, reversed: true);
        using var noGrad = Autograd.NoGrad();
        var x = Pixels(2).To(DType.Float32) / 255;
        Near(encoder.Grid(x), reversed.Grid(x.Flip(1)));

        InvalidDataException Fault(ConvEncoderOptions options) =>
            Assert.Throws<InvalidDataException>(() => OnnxResNet.Read(path, options, Input, reversed: false));
        var other = Fault(Options with { Blocks = [1, 1] });
        Assert.Contains("has 8 convolutions with a batch norm, expected 6", other.Message, StringComparison.Ordinal);
        var narrow = Fault(Options with { Width = 16 });
        Assert.Contains("'conv1.weight' should be [16, 3, 7, 7]", narrow.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ONNX_encoder_is_saved_and_loaded_like_any_other_and_learns_nothing()
    {
        using var scope = TensorScope.Begin();
        using var encoder = Made();
        var path = OnnxFile.Of(encoder, -1, 3, 64, 64).Write(folder.File("a.onnx"));
        using var onnx = TrainedEncoder.Load(path, Device.Cpu);
        EncoderFile.Write(folder.File("saved.safetensors"), onnx.Network);
        using var saved = TrainedEncoder.Load(folder.File("saved.safetensors"), Device.Cpu);
        var pixels = Pixels(3);
        Assert.Equal(onnx.Features(pixels).ToArray<float>(), saved.Features(pixels).ToArray<float>());
        Assert.Empty(saved.Parameters());
        saved.Forget(1); // there is nothing to draw anew
        Assert.Equal(onnx.Features(pixels).ToArray<float>(), saved.Features(pixels).ToArray<float>());
    }

    [Fact]
    public void Of_tokens_the_first_or_the_patches_are_taken()
    {
        using var scope = TensorScope.Begin();
        var file = new OnnxFile().Input(-1, 3, 4, 4); // each pixel's three channels are a token; before them the mean of all
        var rows = file.Node("Reshape", ["pixels", Shape(file, 0, 3, 16)]);
        var tokens = file.Node("Transpose", [rows], OnnxFile.Ints("perm", 0, 2, 1));
        var first = file.Node("ReduceMean", [tokens], OnnxFile.Ints("axes", 1));
        file.Output(file.Node("Concat", [first, tokens], new AttributeProto { Name = "axis", Type = 2, I = 1 }), -1, 17, 3);
        var path = file.Write(folder.File("tokens.onnx"));
        var pixels = Pixels(2).Narrow(2, 0, 4).Narrow(3, 0, 4).Contiguous();
        var x = pixels.To(DType.Float32) / 255;

        File.WriteAllText(path + ".json", """{"mean": [0, 0, 0], "std": [1, 1, 1]}""");
        using (var onnx = TrainedEncoder.Load(path, Device.Cpu)) Near(x.Mean([2, 3]).View(2, 1, 1, 3), onnx.Features(pixels));
        File.WriteAllText(path + ".json", """{"mean": [0, 0, 0], "std": [1, 1, 1], "tokens": "Patches"}""");
        using (var onnx = TrainedEncoder.Load(path, Device.Cpu)) Near(x.Permute(0, 2, 3, 1), onnx.Features(pixels));
    }

    private static string Shape(OnnxFile file, params long[] sizes)
    {
        var tensor = new TensorProto { Name = "shape", DataType = 7 };
        tensor.Dims.Add(sizes.Length);
        tensor.RawData = Google.Protobuf.ByteString.CopyFrom(sizes.SelectMany(BitConverter.GetBytes).ToArray());
        file.Model.Graph.Initializer.Add(tensor);
        return "shape";
    }

    [Fact]
    public void What_is_no_usable_model_is_refused_in_words()
    {
        using var encoder = Made();
        string Fault(string path, string? description = null)
        {
            File.Delete(path + ".json");
            if (description is not null) File.WriteAllText(path + ".json", description);
            return Assert.Throws<InvalidDataException>(() => EncoderFile.Read(path).Dispose()).Message;
        }
        var good = OnnxFile.Of(encoder, -1, 3, 64, 64).Write(folder.File("good.onnx"));
        File.WriteAllBytes(folder.File("noise.onnx"), [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7919 >> 3))]);
        Assert.Contains("no ONNX model", Fault(folder.File("noise.onnx")), StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("cut.onnx"), File.ReadAllBytes(good)[..20000]);
        Assert.Contains("no ONNX model", Fault(folder.File("cut.onnx")), StringComparison.Ordinal);
        File.WriteAllBytes(folder.File("empty.onnx"), []);
        Assert.Contains("holds no graph", Fault(folder.File("empty.onnx")), StringComparison.Ordinal);
        Assert.Contains("fixed at 64 px, but", Fault(good, """{"height": 32}"""), StringComparison.Ordinal);
        Assert.Contains("no output 'x', only 'GlobalAveragePool", Fault(good, """{"output": "x"}"""), StringComparison.Ordinal);
        Assert.Contains("order must be", Fault(good, """{"order": "gbr"}"""), StringComparison.Ordinal);
        Assert.Contains("can't be read", Fault(good, """{"hight": 32}"""), StringComparison.Ordinal);
        Assert.Contains("mean needs 3 values", Fault(good, """{"mean": [1], "std": [1]}"""), StringComparison.Ordinal);

        var outside = OnnxFile.Of(encoder, -1, 3, 64, 64);
        outside.Model.Graph.Initializer[0].DataLocation = 1;
        Assert.Contains("in another file", Fault(outside.Write(folder.File("outside.onnx"))), StringComparison.Ordinal);
        var two = OnnxFile.Of(encoder, -1, 3, 64, 64).Input(-1, 3, 64, 64);
        two.Model.Graph.Input[1].Name = "second";
        Assert.Contains("takes 2 inputs", Fault(two.Write(folder.File("two.onnx"))), StringComparison.Ordinal);
        var flat = new OnnxFile().Input(-1, 12);
        flat.Output(flat.Node("Relu", ["pixels"]), -1, 12);
        Assert.Contains("expected float32 [N, C, H, W]", Fault(flat.Write(folder.File("flat.onnx"))), StringComparison.Ordinal);
        var unknown = new OnnxFile().Input(-1, 3, 8, 8);
        unknown.Output(unknown.Node("Teleport", ["pixels"]), -1, 3, 8, 8);
        Assert.Contains("can't open this model", Fault(unknown.Write(folder.File("unknown.onnx"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("backbone.", true)]
    [InlineData("module.encoder.", true)]
    public void A_ResNet_under_torchvisions_names_is_read_off_its_tensors(string prefix, bool bottlenecks)
    {
        using var scope = TensorScope.Begin();
        using var encoder = Made(Options with { Bottlenecks = bottlenecks });
        var tensors = encoder.State().Where(tensor => tensor.Value.DType == DType.Float32) // without num_batches_tracked
            .Select(tensor => new NamedTensor(prefix + tensor.Name, tensor.Value)).ToList();
        var head = new NamedTensor(prefix + "fc.weight", Tensor.Zeros([10, encoder.Features]));
        var path = folder.File("weights.safetensors");
        Safetensors.Write(path, [.. tensors, head]);
        using var read = EncoderFile.Read(path);
        Assert.Equal(encoder.Options, read.Options);
        Assert.Equal(TorchvisionWeights.ImageNetInput, read.Input);
        using var noGrad = Autograd.NoGrad();
        var x = Pixels(2).To(DType.Float32) / 255;
        Near(encoder.Grid(x), read.Grid(x), 1e-6);

        Safetensors.Write(path, [.. tensors, new(prefix + "layer1.0.se.weight", Tensor.Zeros([3]))]);
        Assert.Contains("unexpected: layer1.0.se.weight", Assert.Throws<InvalidDataException>(() => EncoderFile.Read(path)).Message,
            StringComparison.Ordinal);
        Safetensors.Write(path, tensors.Where(tensor => !tensor.Name.EndsWith("layer2.0.bn1.bias", StringComparison.Ordinal)));
        Assert.Contains("missing: layer2.0.bn1.bias", Assert.Throws<InvalidDataException>(() => EncoderFile.Read(path)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>torchvision's resnet50 has 25,557,032 parameters, 2,049,000 of them in its last layer.</summary>
    [Fact]
    public void ResNet_50_has_the_parameters_and_the_names_of_torchvisions()
    {
        var input = new InputFormat(224, 224, 3);
        using var generator = new Generator(1);
        using var encoder = new ConvEncoder(ConvEncoderOptions.ResNet50(input), input, generator);
        Assert.Equal(2048, encoder.Features);
        Assert.Equal(25_557_032 - 2_049_000, encoder.Parameters().Sum(p => p.Value.Elements));
        var names = encoder.State().Select(tensor => tensor.Name).ToHashSet();
        Assert.Equal(318, names.Count);
        Assert.Contains("layer1.0.downsample.1.running_var", names);
        Assert.Contains("layer4.2.bn3.num_batches_tracked", names);
    }
}
