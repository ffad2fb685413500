using Foresee.Encoders;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;
using Google.Protobuf;

namespace Foresee.Tests.Encoders.Imported;

/// <summary>An ONNX model of a network of these tests, written node by node.</summary>
internal sealed class OnnxFile
{
    private const int Float = 1;
    private int made;

    public ModelProto Model { get; } = new()
    {
        IrVersion = 8,
        Graph = new() { Name = "test" },
        OpsetImport = { new OperatorSetIdProto { Version = 17 } },
    };

    /// <summary>[N, C, H, W]; a negative size is a free one.</summary>
    public OnnxFile Input(params int[] shape)
    {
        Model.Graph.Input.Add(Value("pixels", shape));
        return this;
    }

    public OnnxFile Output(string name, params int[] shape)
    {
        Model.Graph.Output.Add(Value(name, shape));
        return this;
    }

    private static ValueInfoProto Value(string name, int[] shape)
    {
        var value = new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = Float, Shape = new() } } };
        foreach (var size in shape)
            value.Type.TensorType.Shape.Dim.Add(size < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = "N" }
                : new() { DimValue = size });
        return value;
    }

    public string Node(string type, IEnumerable<string> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type };
        node.Input.Add(inputs);
        node.Attribute.Add(attributes);
        node.Output.Add($"{type}{++made}");
        Model.Graph.Node.Add(node);
        return node.Output[0];
    }

    public string Tensor(string name, Tensor value)
    {
        var tensor = new TensorProto { Name = name, DataType = Float };
        tensor.Dims.Add(value.Shape);
        tensor.RawData = ByteString.CopyFrom(value.ToArray<float>().SelectMany(BitConverter.GetBytes).ToArray());
        Model.Graph.Initializer.Add(tensor);
        return name;
    }

    public static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Type = 7, Ints = { values } };

    public static AttributeProto Real(string name, float value) => new() { Name = name, Type = 1, F = value };

    public string Write(string path)
    {
        File.WriteAllBytes(path, Model.ToByteArray());
        return path;
    }

    /// <summary>A plain ConvEncoder of basic blocks with the large stem, its map averaged.</summary>
    public static OnnxFile Of(ConvEncoder encoder, params int[] input)
    {
        var file = new OnnxFile().Input(input);
        var state = encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        string Normed(string convolution, string norm, string of, int stride, int padding)
        {
            var weight = file.Tensor($"{convolution}.weight", state[$"{convolution}.weight"]);
            var y = file.Node("Conv", [of, weight], Ints("strides", stride, stride), Ints("pads", padding, padding, padding, padding));
            string[] parts = ["weight", "bias", "running_mean", "running_var"];
            return file.Node("BatchNormalization", [y, .. parts.Select(part => file.Tensor($"{norm}.{part}", state[$"{norm}.{part}"]))],
                Real("epsilon", 1e-5f));
        }
        var x = file.Node("Relu", [Normed("conv1", "bn1", "pixels", 2, 3)]);
        x = file.Node("MaxPool", [x], Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Ints("pads", 1, 1, 1, 1));
        var blocks = ((ConvEncoderOptions)encoder.Options).Blocks;
        for (var stage = 1; stage <= blocks.Count; stage++)
            for (var b = 0; b < blocks[stage - 1]; b++)
            {
                var (name, stride) = ($"layer{stage}.{b}", stage > 1 && b == 0 ? 2 : 1);
                var shortcut = stride == 2 ? Normed($"{name}.downsample.0", $"{name}.downsample.1", x, 2, 0) : x;
                var y = file.Node("Relu", [Normed($"{name}.conv1", $"{name}.bn1", x, stride, 1)]);
                x = file.Node("Relu", [file.Node("Add", [Normed($"{name}.conv2", $"{name}.bn2", y, 1, 1), shortcut])]);
            }
        file.Output(file.Node("GlobalAveragePool", [x]), -1, encoder.Features, 1, 1);
        return file;
    }
}
