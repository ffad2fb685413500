using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;
using Google.Protobuf;

namespace Foresee.Export;

/// <summary>
/// A model whose convolutions multiply bytes: each value x that one takes or gives becomes round(x / s) + z in 8 bits, by s and z measured
/// on images, and weights become 8 bits, by s = max |w| / 127 of each output channel. The first convolution, the head and all that is no
/// convolution stay f32.
/// </summary>
/// <remarks>Written as pairs of QuantizeLinear and DequantizeLinear, which ONNX Runtime turns into integer kernels.</remarks>
public sealed class QuantisedModel
{
    private const int Float = 1, UInt8 = 2, Int8 = 3, Int32 = 6; // TensorProto's
    private const int MostOfWeights = 127;
    private readonly GraphProto graph;
    private readonly Dictionary<string, TensorProto> weights;
    private readonly List<NodeProto> first = []; // what restores weights stands before all that needs them

    private QuantisedModel(GraphProto graph) =>
        (this.graph, weights) = (graph, graph.Initializer.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal));

    /// <param name="model">The content of an ONNX file that takes UInt8 pixels.</param>
    /// <param name="batches">UInt8 [n, C, H, W] each, 100 to 500 images in all.</param>
    /// <returns>The content of the quantised file.</returns>
    /// <exception cref="NotSupportedException">The model has no convolution but the first, so nothing would become faster.</exception>
    public static byte[] Of(byte[] model, IEnumerable<Tensor> batches, int threads = 1, CancellationToken cancel = default)
    {
        var parsed = ModelProto.Parser.ParseFrom(model);
        new QuantisedModel(parsed.Graph).Quantise(values => ActivationRanges.Measure(model, values, batches, threads, cancel));
        return parsed.ToByteArray();
    }

    private bool IsWeight(string name) => weights.TryGetValue(name, out var tensor) && tensor.DataType == Float;

    private void Quantise(Func<IReadOnlyCollection<string>, IReadOnlyDictionary<string, ActivationRange>> measure)
    {
        NodeProto[] convolutions = [.. graph.Node.Where(node => node.OpType == "Conv" && node.Input.Skip(1).All(IsWeight)).Skip(1)];
        if (convolutions.Length == 0)
            throw new NotSupportedException("This model has no convolution after its first, which stays f32: quantised it would be as slow. "
                + "Leave --quantise out.");
        var takers = graph.Node.SelectMany(node => node.Input.Select(input => (input, node)))
            .ToLookup(pair => pair.input, pair => pair.node, StringComparer.Ordinal);
        // What a convolution gives, after the ReLU where that alone takes it: the two become one kernel.
        string Given(NodeProto node) => takers[node.Output[0]].ToArray() is [{ OpType: "Relu" } relu] ? relu.Output[0] : node.Output[0];
        string[] values = [.. convolutions.SelectMany(node => new[] { node.Input[0], Given(node) }).Distinct(StringComparer.Ordinal)];
        var ranges = measure(values);
        foreach (var node in convolutions)
        {
            var steps = Weight(node);
            if (node.Input.Count > 2) Bias(node, Array.ConvertAll(steps, step => step * ranges[node.Input[0]].Scale));
        }
        foreach (var node in graph.Node)
            for (var i = 0; i < node.Input.Count; i++)
                if (ranges.ContainsKey(node.Input[i])) node.Input[i] += "_restored";
        var nodes = graph.Node.SelectMany(node => (NodeProto[])[node, .. node.Output.Where(ranges.ContainsKey)
            .SelectMany(output => Rounding(output, ranges[output]))]).ToArray();
        graph.Node.Clear();
        graph.Node.Add(first.Concat(nodes));
        var used = nodes.Concat(first).SelectMany(ImportedGraph.Used).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in graph.Initializer.Where(tensor => !used.Contains(tensor.Name)).ToArray()) graph.Initializer.Remove(tensor);
    }

    /// <summary>x to bytes and back.</summary>
    private NodeProto[] Rounding(string value, ActivationRange range)
    {
        var scale = Constant<float>($"{value}_scale", Float, [range.Scale]);
        var zero = Constant<byte>($"{value}_zero", UInt8, [range.Zero]);
        return [Node("QuantizeLinear", [value, scale, zero], $"{value}_quantised"),
            Node("DequantizeLinear", [$"{value}_quantised", scale, zero], $"{value}_restored")];
    }

    /// <returns>s of each output channel.</returns>
    private float[] Weight(NodeProto node)
    {
        var tensor = weights[node.Input[1]];
        var (values, channels) = (Values(tensor), (int)tensor.Dims[0]);
        var size = values.Length / channels;
        var (steps, bytes) = (new float[channels], new sbyte[values.Length]);
        for (var c = 0; c < channels; c++)
        {
            var row = values.AsSpan(c * size, size);
            var largest = 0f;
            foreach (var value in row) largest = Math.Max(largest, Math.Abs(value));
            steps[c] = Math.Max(largest, 1e-12f) / MostOfWeights;
            for (var i = 0; i < size; i++) bytes[c * size + i] = (sbyte)MathF.Round(row[i] / steps[c]);
        }
        node.Input[1] = Restored(Constant<sbyte>($"{node.Output[0]}_weight", Int8, bytes, [.. tensor.Dims]), steps,
            Constant<sbyte>($"{node.Output[0]}_weight_zero", Int8, new sbyte[channels], channels));
        return steps;
    }

    /// <param name="steps">Of each channel: that of its weights times that of the input.</param>
    private void Bias(NodeProto node, float[] steps)
    {
        var values = Values(weights[node.Input[2]]);
        int[] whole = [.. values.Zip(steps, (value, step) =>
            (int)Math.Clamp(Math.Round((double)value / step), int.MinValue, int.MaxValue))];
        node.Input[2] = Restored(Constant<int>($"{node.Output[0]}_bias", Int32, whole, whole.Length), steps,
            Constant<int>($"{node.Output[0]}_bias_zero", Int32, new int[whole.Length], whole.Length));
    }

    /// <returns>The name of the f32 values.</returns>
    private string Restored(string bytes, float[] steps, string zeros)
    {
        var scale = Constant<float>($"{bytes}_scale", Float, steps, steps.Length);
        var node = Node("DequantizeLinear", [bytes, scale, zeros], $"{bytes}_restored");
        node.Attribute.Add(OnnxGraph.Attribute("axis", 0L));
        first.Add(node);
        return node.Output[0];
    }

    private static NodeProto Node(string type, string[] inputs, string output) =>
        new() { OpType = type, Name = output, Input = { inputs }, Output = { output } };

    private string Constant<T>(string name, int type, ReadOnlySpan<T> values, params long[] shape) where T : unmanaged
    {
        var tensor = new TensorProto { Name = name, DataType = type, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.Add(shape);
        graph.Initializer.Add(tensor);
        return name;
    }

    private static float[] Values(TensorProto tensor)
    {
        if (tensor.RawData.Length == 0) return [.. tensor.FloatData];
        var values = new float[tensor.RawData.Length / 4];
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(tensor.RawData.Span.Slice(4 * i, 4));
        return values;
    }
}
