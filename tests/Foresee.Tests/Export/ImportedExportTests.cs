using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Encoders.Imported;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Evaluation;
using Foresee.Export;
using Foresee.Images;
using Foresee.Tests.Encoders.Imported;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Google.Protobuf;

namespace Foresee.Tests.Export;

/// <summary>Somebody else's ONNX model as a part of an exported one.</summary>
public sealed class ImportedExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Encoder Read(OnnxFile file, string description = """{"mean": [0.4, 0.5, 0.6], "std": [0.2, 0.3, 0.4]}""")
    {
        var path = file.Write(folder.File("a.onnx"));
        File.WriteAllText(path + ".json", description);
        return OnnxModel.Read(path);
    }

    private static void IsLike(Encoder encoder, GridPooling pooling = GridPooling.Whole)
    {
        using var scope = TensorScope.Begin();
        var input = encoder.Input;
        using var classifier = RandomNetworks.Linear(encoder, pooling, Scaling.Root);
        ExportedModel.IsLike(ModelExport.Build(classifier), classifier, RandomNetworks.Pixels(input));
    }

    private static OnnxFile ResNet(int batch)
    {
        using var scope = TensorScope.Begin();
        var input = new InputFormat(32, 32, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4] };
        using var encoder = RandomNetworks.Build(new ConvEncoderOptions(4, [1, 2], ResidualOrder.Plain, ConvStem.Large), input);
        return OnnxFile.Of((ConvEncoder)encoder, batch, 3, 32, 32);
    }

    [Theory]
    [InlineData(-1, 17)]
    [InlineData(1, 17)] // a model for one image at a time
    [InlineData(-1, 9)]
    [InlineData(1, 9)]
    [InlineData(-1, 7)]
    [InlineData(-1, 21)] // axes of a mean are an input
    [InlineData(1, 21)]
    public void A_residual_network_of_any_set_of_operators(int batch, int operators)
    {
        var file = ResNet(batch);
        file.Model.OpsetImport[0].Version = operators;
        if (operators < 9) file.Model.Graph.Node.First(node => node.OpType == "BatchNormalization").Attribute.Add(Whole("spatial", 1));
        IsLike(Read(file));
    }

    [Fact]
    public void Twice_in_one_model_and_refused_where_their_sets_of_operators_differ()
    {
        using var scope = TensorScope.Begin();
        Encoder Made(int operators, int batch)
        {
            var file = ResNet(batch);
            file.Model.OpsetImport[0].Version = operators;
            return Read(file);
        }
        IsLike(JointEncoder.Of([Made(13, -1), Made(13, 1)]));
        using var classifier = RandomNetworks.Linear(JointEncoder.Of([Made(13, -1), Made(12, -1)]));
        Assert.Contains("13, 12", Assert.Throws<NotSupportedException>(() => ModelExport.Build(classifier)).Message,
            StringComparison.Ordinal);
    }

    private static AttributeProto Whole(string name, long value) => new() { Name = name, Type = 2, I = value };

    [Fact]
    public void Under_a_head_whose_norm_the_set_of_operators_lacks()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var file = ResNet(-1);
        file.Model.OpsetImport[0].Version = 11;
        var encoder = TrainedEncoder.Own(Read(file), Device.Cpu);
        var head = new ResidualHead(encoder.Width, RandomNetworks.Classes.Length, FineTuningOptions.Frozen with { Blocks = 1 }, generator);
        using var classifier = new GridClassifier(RandomNetworks.Describe(encoder.Input), new(encoder, RandomNetworks.Randomised(head),
            Device.Cpu));
        ExportedModel.IsLike(ModelExport.Build(classifier), classifier, RandomNetworks.Pixels(encoder.Input));
    }

    [Fact]
    public void Blue_green_red_and_channels_last()
    {
        var file = new OnnxFile().Input(-1, 8, 9, 3);
        var planes = file.Node("Transpose", ["pixels"], OnnxFile.Ints("perm", 0, 3, 1, 2));
        var weighted = file.Node("Mul", [planes, file.Tensor("shares", Tensor.From<float>([0.5f, 2, -1], 1, 3, 1, 1))]);
        file.Output(weighted, -1, 3, 8, 9);
        IsLike(Read(file, """{"mean": [10, 20, 30], "std": [1, 2, 4], "range": 255, "order": "bgr"}"""), GridPooling.Three);
    }

    [Theory]
    [InlineData("Class")]
    [InlineData("Patches")]
    public void Tokens(string which)
    {
        var file = new OnnxFile().Input(-1, 3, 4, 4); // each pixel's three channels are a token; before them the mean of all
        var shape = new TensorProto { Name = "shape", DataType = 7, Dims = { 3 } };
        shape.RawData = ByteString.CopyFrom(new long[] { 0, 3, 16 }.SelectMany(BitConverter.GetBytes).ToArray());
        file.Model.Graph.Initializer.Add(shape);
        var tokens = file.Node("Transpose", [file.Node("Reshape", ["pixels", "shape"])], OnnxFile.Ints("perm", 0, 2, 1));
        var first = file.Node("ReduceMean", [tokens], OnnxFile.Ints("axes", 1));
        file.Output(file.Node("Concat", [first, tokens], Whole("axis", 1)), -1, 17, 3);
        IsLike(Read(file, $$"""{"mean": [0, 0, 0], "std": [1, 1, 1], "tokens": "{{which}}"}"""));
    }

    /// <summary>Its names are used inside the branches, too; a second output that nobody asked for is left out.</summary>
    [Fact]
    public void Graphs_inside_the_graph_and_outputs_that_are_not_asked_for()
    {
        var file = new OnnxFile().Input(-1, 3, 4, 5);
        var factor = file.Tensor("factor", Tensor.From<float>([3]));
        var mean = file.Node("GlobalAveragePool", ["pixels"]);
        var sum = file.Node("ReduceSum", [mean]);
        file.Output(file.Node("Exp", [mean]), -1, 3, 1, 1);
        var largest = file.Node("ReduceMax", ["pixels"], Whole("keepdims", 0));
        var positive = file.Node("Greater", [largest, file.Tensor("zero", Tensor.From<float>([0]))]);
        GraphProto Branch(string type, string name)
        {
            var graph = new GraphProto { Name = name };
            graph.Output.Add(new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = 1 } } });
            graph.Node.Add(new NodeProto { OpType = type, Input = { "pixels", factor }, Output = { name } });
            return graph;
        }
        var result = file.Node("If", [positive], new() { Name = "then_branch", Type = 5, G = Branch("Mul", "times") },
            new() { Name = "else_branch", Type = 5, G = Branch("Add", "plus") });
        file.Output(result, -1, 3, 4, 5);
        var encoder = Read(file, $$"""{"mean": [0.5, 0.5, 0.5], "std": [0.3, 0.3, 0.3], "output": "{{result}}"}""");
        using (TensorScope.Begin())
        {
            using var classifier = RandomNetworks.Linear(encoder);
            var model = ModelExport.Build(classifier);
            ExportedModel.IsLike(model, classifier, RandomNetworks.Pixels(encoder.Input));
            Assert.DoesNotContain(model.Graph.Node, node => node.OpType is "Exp" or "ReduceSum");
        }
        Assert.NotEmpty(sum);
    }

    [Fact]
    public void Operators_that_meant_something_else_are_refused_with_the_way_out()
    {
        using var scope = TensorScope.Begin();
        var file = new OnnxFile().Input(-1, 3, 4, 4);
        file.Model.OpsetImport[0].Version = 7;
        var scales = new AttributeProto { Name = "scales", Type = 6 };
        scales.MergeFrom(new byte[] { 0x3A, 16, 0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 0, 64 }); // floats 1, 1, 2, 2
        file.Output(file.Node("Upsample", ["pixels"], scales), -1, 3, 8, 8);
        using var classifier = RandomNetworks.Linear(Read(file));
        Assert.Contains("operator set 7", Assert.Throws<NotSupportedException>(() => ModelExport.Build(classifier)).Message,
            StringComparison.Ordinal);
    }
}
