using System.Buffers.Binary;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Images;
using Foresee.Torch;
using Google.Protobuf;

namespace Foresee.Encoders.Imported;

/// <summary>
/// The weights of a plain ResNet of basic blocks out of an ONNX graph into a <see cref="ConvEncoder"/>, so that it learns on. The graph is
/// walked from Conv to BatchNormalization by its edges; names don't matter.
/// </summary>
internal static class OnnxResNet
{
    private const int Float = 1, External = 1; // TensorProto's

    /// <summary>Of Microsoft.ML.DnnImageFeaturizer.ResNet18: blue, green, red of 0 to 255, minus the mean, by no deviation.</summary>
    private static readonly double[] MeanOfBlueGreenRed = [103.0626, 115.9029, 123.1516];

    /// <summary>
    /// Microsoft's ImageNet ResNet of blocks 2, 2, 2, 3, 512-d. Its channels come as blue, green, red; here the first convolution's are
    /// turned, so that it takes red, green, blue like any other.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is damaged or another model.</exception>
    public static ConvEncoder ReadMicrosofts(string path)
    {
        var input = new InputFormat(224, 224, 3)
        {
            Small = SmallImages.Enlarge,
            Mean = [.. MeanOfBlueGreenRed.Reverse().Select(level => level / 255)],
            Std = [1 / 255.0, 1 / 255.0, 1 / 255.0],
        };
        return Read(path, new(64, [2, 2, 2, 3], ResidualOrder.Plain, ConvStem.Large), input, reversed: true);
    }

    /// <param name="options">What the graph computes.</param>
    /// <param name="reversed">Whether it takes blue, green, red.</param>
    /// <exception cref="InvalidDataException">The graph computes something else.</exception>
    internal static ConvEncoder Read(string path, ConvEncoderOptions options, InputFormat input, bool reversed)
    {
        using var generator = new Generator(0);
        var encoder = new ConvEncoder(options, input, generator);
        try
        {
            Load(encoder, Parse(path), path, reversed);
            return encoder;
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    public static ModelProto Parse(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            var model = ModelProto.Parser.ParseFrom(stream);
            return model.Graph is { Node.Count: > 0 } ? model
                : throw new InvalidDataException($"{path} holds no graph, so it is no ONNX model.");
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new InvalidDataException($"{path} is no ONNX model ({error.Message.TrimEnd('.')}); fetch or export it again.", error);
        }
    }

    private static void Load(ConvEncoder encoder, ModelProto model, string path, bool reversed)
    {
        using var scope = TensorScope.Begin();
        var tensors = model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        var state = encoder.State().ToDictionary(tensor => tensor.Name, tensor => tensor.Value);
        var layers = Layers(model.Graph, path);
        var expected = Convolutions(encoder.Parameters().Select(tensor => tensor.Name));
        if (layers.Count != expected.Count)
            throw new InvalidDataException($"{path} has {layers.Count} convolutions with a batch norm, expected {expected.Count}; this is "
                + "another model.");
        using var noGrad = Autograd.NoGrad();
        foreach (var ((convolution, norm), (weights, normName)) in layers.Zip(expected))
        {
            Copy(state[$"{weights}.weight"], tensors, convolution.Input[1], path);
            string[] parts = ["weight", "bias", "running_mean", "running_var"]; // in the order of BatchNormalization's inputs
            for (var i = 0; i < parts.Length; i++) Copy(state[$"{normName}.{parts[i]}"], tensors, norm.Input[i + 1], path);
        }
        var first = state["conv1.weight"];
        if (reversed) first.Copy_(first.Flip(1));
        encoder.Train(false);
    }

    /// <summary>Each convolution with the norm that takes its output, in the order of the graph.</summary>
    private static List<(NodeProto Convolution, NodeProto Norm)> Layers(GraphProto graph, string path)
    {
        var norms = graph.Node.Where(node => node.OpType == "BatchNormalization" && node.Input.Count == 5)
            .ToLookup(node => node.Input[0]);
        return [.. graph.Node.Where(node => node.OpType == "Conv").Select(node => node.Input.Count == 2 && node.Output.Count == 1
            && norms[node.Output[0]].ToArray() is [var norm]
            ? (node, norm)
            : throw new InvalidDataException($"{path}: a convolution has a bias, or no batch norm after it; this is another model."))];
    }

    /// <summary>In the order of the graph: a block's shortcut, where it has one, comes before its convolutions.</summary>
    private static List<(string Convolution, string Norm)> Convolutions(IEnumerable<string> parameters)
    {
        const string shortcut = ".downsample.0.weight";
        var names = parameters.ToList();
        var found = new List<(string, string)>();
        foreach (var name in names.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)))
        {
            var layer = name[..^".weight".Length];
            var block = layer[..(layer.LastIndexOf('.') + 1)];
            if (layer.EndsWith("conv1", StringComparison.Ordinal) && names.Contains(block.TrimEnd('.') + shortcut))
                found.Add(($"{block}downsample.0", $"{block}downsample.1"));
            if (layer[block.Length..].StartsWith("conv", StringComparison.Ordinal))
                found.Add((layer, $"{block}bn{layer[(block.Length + "conv".Length)..]}"));
        }
        return found;
    }

    private static void Copy(Tensor to, Dictionary<string, TensorProto> tensors, string name, string path)
    {
        if (!tensors.TryGetValue(name, out var tensor)) throw new InvalidDataException($"{path}: the weights '{name}' are missing.");
        if (tensor.DataType != Float || tensor.DataLocation == External || !tensor.Dims.SequenceEqual(to.Shape))
            throw new InvalidDataException($"{path}: '{name}' should be [{string.Join(", ", to.Shape)}] of float32 inside the file, got "
                + $"[{string.Join(", ", tensor.Dims)}] of type {tensor.DataType}.");
        var values = new float[to.Elements];
        if (tensor.RawData.Length == 4L * values.Length)
            for (var i = 0; i < values.Length; i++)
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(tensor.RawData.Span.Slice(4 * i, 4));
        else if (tensor.FloatData.Count == values.Length) tensor.FloatData.CopyTo(values, 0);
        else throw new InvalidDataException($"{path}: '{name}' holds {tensor.RawData.Length} bytes, expected {4L * values.Length}.");
        to.Copy_(Tensor.From<float>(values, to.Shape));
    }
}
