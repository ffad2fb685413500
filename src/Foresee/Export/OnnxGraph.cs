using System.Globalization;
using System.Runtime.InteropServices;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;
using Google.Protobuf;

namespace Foresee.Export;

/// <summary>What a node of a graph gives.</summary>
/// <param name="Shape">-1 for the number of images.</param>
internal sealed record OnnxValue(string Name, params long[] Shape)
{
    /// <summary>From the end where negative.</summary>
    public long Size(int dimension) => Shape[dimension < 0 ? Shape.Length + dimension : dimension];
}

/// <summary>
/// A graph of ONNX operators under construction: each method adds one node and returns what it gives, with its shape. Only operators that
/// mean the same in all sets from 9 on are used, but for those that say otherwise.
/// </summary>
internal sealed partial class OnnxGraph
{
    public const int Float = 1, UInt8 = 2, Int8 = 3, Int64 = 7;
    private readonly Scope shared;

    /// <summary>What a graph shares with the graphs inside it.</summary>
    private sealed class Scope(int operators)
    {
        public int Operators => operators;
        public int Made;
        public List<TensorProto> Constants { get; } = [];
    }

    /// <param name="operators">Version of the set of operators.</param>
    public OnnxGraph(int operators) : this(new Scope(operators)) { }

    private OnnxGraph(Scope shared) => this.shared = shared;

    public int Operators => shared.Operators;

    public List<NodeProto> Nodes { get; } = [];

    /// <summary>Of this graph and those inside it.</summary>
    public List<TensorProto> Constants => shared.Constants;

    /// <summary>A graph inside this one, whose constants are this one's.</summary>
    public OnnxGraph Inside() => new(shared);

    // ---- Constants ----

    /// <summary>As f32.</summary>
    public OnnxValue Constant(Tensor value) => Constant<float>(Float, value.ToArray<float>(), value.Shape);

    public OnnxValue Constant(double value) => Constant<float>(Float, [(float)value]);

    /// <summary>Places, sizes and the like.</summary>
    public OnnxValue Numbers(params long[] values) => Constant<long>(Int64, values, values.Length);

    /// <param name="type">As ONNX numbers it.</param>
    public OnnxValue Constant<T>(int type, ReadOnlySpan<T> values, params long[] shape) where T : unmanaged
    {
        var tensor = new TensorProto
        {
            Name = Name("constant"),
            DataType = type,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)), // little-endian, as every processor that .NET runs on
        };
        tensor.Dims.Add(shape);
        shared.Constants.Add(tensor);
        return new(tensor.Name, shape);
    }

    // ---- Nodes ----

    /// <summary>One that nothing else has.</summary>
    public string Name(string what) => string.Create(CultureInfo.InvariantCulture, $"{what}_{++shared.Made}");

    /// <summary>A node with one output.</summary>
    public OnnxValue Node(string type, long[] shape, IEnumerable<OnnxValue> inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = type, Name = Name(type) };
        node.Input.Add(inputs.Select(input => input.Name));
        node.Attribute.Add(attributes);
        node.Output.Add(node.Name + "_out");
        Nodes.Add(node);
        return new(node.Output[0], shape);
    }

    /// <summary>The same under a name of its own, as an output of the model has.</summary>
    public OnnxValue Named(string name, OnnxValue value)
    {
        var node = new NodeProto { OpType = "Identity", Name = Name("Identity"), Input = { value.Name }, Output = { name } };
        Nodes.Add(node);
        return value with { Name = name };
    }

    public static AttributeProto Attribute(string name, long value) => new() { Name = name, Type = 2, I = value };

    public static AttributeProto Attribute(string name, double value) => new() { Name = name, Type = 1, F = (float)value };

    public static AttributeProto Attribute(string name, params long[] values) => new() { Name = name, Type = 7, Ints = { values } };

    /// <summary>A graph's input or output.</summary>
    /// <param name="images">What a size of -1 is called.</param>
    public static ValueInfoProto Described(OnnxValue value, int type, string images = "N")
    {
        var info = new ValueInfoProto { Name = value.Name, Type = new() { TensorType = new() { ElemType = type, Shape = new() } } };
        foreach (var size in value.Shape)
            info.Type.TensorType.Shape.Dim.Add(size < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = images }
                : new() { DimValue = size });
        return info;
    }
}
