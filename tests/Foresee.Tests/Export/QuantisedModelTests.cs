using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Export;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Interop;
using Google.Protobuf;

namespace Foresee.Tests.Export;

public sealed class QuantisedModelTests
{
    private static readonly InputFormat Input = new(32, 32, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4] };

    private static Tensor Pixels(int count, ulong seed)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(seed);
        var noise = Tensor.Rand([count, 3, 8, 8], generator);
        var smooth = Tensor.Invoke("aten::upsample_bilinear2d", "", noise, new long[] { 32, 32 }, false, Argument.None, Argument.None);
        return scope.Keep((smooth * 255).To(DType.UInt8));
    }

    public static TheoryData<string> Kinds => ["plain", "pre-activation", "patches"];

    private static Classifier Of(string kind) => RandomNetworks.Linear(RandomNetworks.Build(kind switch
    {
        "plain" => new ConvEncoderOptions(8, [1, 1], ResidualOrder.Plain, ConvStem.Small),
        "pre-activation" => new ConvEncoderOptions(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Small),
        _ => new PatchGridOptions(8, 4, new(3, 16, 3, 1, [new(16, 8, 2), new(32, 8, 2)])),
    }, Input), Foresee.Evaluation.GridPooling.One);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_give_nearly_the_same_probabilities(string kind)
    {
        using var scope = TensorScope.Begin();
        using var classifier = Of(kind);
        var model = ModelExport.Build(classifier);
        var quantised = QuantisedModel.Of(model.ToByteArray(), [Pixels(60, 1), Pixels(60, 2)]);
        var parsed = ModelProto.Parser.ParseFrom(quantised);
        Assert.Equal("", OnnxChecker.Fault(parsed));
        var comparison = ModelComparison.Of(model.ToByteArray(), quantised, Pixels(100, 3), threads: 1);
        Assert.Equal(100, comparison.Images);
        Assert.InRange(comparison.MeanDifference, 1e-7, 0.01);
        Assert.InRange(comparison.Agreement, 0.9, 1);
        Assert.True(quantised.Length < model.CalculateSize());
    }

    /// <summary>By hand: each weight is within half a step of what it was, the first convolution as it was.</summary>
    [Fact]
    public void Weights_are_rounded_to_steps_of_each_channel_and_the_first_layer_stays()
    {
        using var scope = TensorScope.Begin();
        using var classifier = Of("plain");
        var model = ModelExport.Build(classifier);
        var quantised = ModelProto.Parser.ParseFrom(QuantisedModel.Of(model.ToByteArray(), [Pixels(20, 1)]));
        Dictionary<string, TensorProto> before = model.Graph.Initializer.ToDictionary(t => t.Name),
            after = quantised.Graph.Initializer.ToDictionary(t => t.Name);
        NodeProto[] Convolutions(ModelProto of) => [.. of.Graph.Node.Where(node => node.OpType == "Conv")];
        var pairs = Convolutions(model).Zip(Convolutions(quantised)).ToArray();
        Assert.Equal(6, pairs.Length);
        Assert.Equal(before[pairs[0].First.Input[1]], after[pairs[0].Second.Input[1]]);
        foreach (var (own, small) in pairs.Skip(1))
        {
            var weights = Floats(before[own.Input[1]]);
            var restoring = quantised.Graph.Node.Single(node => node.Output.Contains(small.Input[1]));
            Assert.Equal("DequantizeLinear", restoring.OpType);
            var (bytes, steps) = (after[restoring.Input[0]].RawData, Floats(after[restoring.Input[1]]));
            Assert.Equal(weights.Length, bytes.Length);
            for (var i = 0; i < weights.Length; i++)
            {
                var step = steps[i / (weights.Length / steps.Length)];
                Assert.Equal(weights[i], (sbyte)bytes[i] * step, step / 2 * 1.001);
            }
            Assert.Equal(127, bytes.Select(value => Math.Abs((int)(sbyte)value)).Max());
        }
    }

    private static float[] Floats(TensorProto tensor) =>
        [.. Enumerable.Range(0, tensor.RawData.Length / 4).Select(i => BitConverter.ToSingle(tensor.RawData.Span.Slice(4 * i, 4)))];

    [Fact]
    public void A_model_of_one_convolution_is_refused()
    {
        using var scope = TensorScope.Begin();
        using var classifier = RandomNetworks.Linear(RandomNetworks.Build(new PatchGridOptions(8, 8, new(3, 8, 8, 1,
            [new(8, 8, Kernel: 0)])), Input));
        var model = ModelExport.Build(classifier);
        foreach (var node in model.Graph.Node.Where(node => node.OpType == "Conv").Skip(1)) node.OpType = "Other";
        Assert.Contains("no convolution after its first", Assert.Throws<NotSupportedException>(() =>
            QuantisedModel.Of(model.ToByteArray(), [Pixels(2, 1)])).Message, StringComparison.Ordinal);
    }
}
