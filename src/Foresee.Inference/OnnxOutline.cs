using System.Text;

namespace Foresee.Inference;

/// <summary>
/// What a model's file says of itself, read before ONNX Runtime sees it: whether it is whole, its metadata, and whether weights lie in
/// other files. The layout is that of onnx.proto, protocol buffers' wire format: fields of a number, a type and, of type 2, a length.
/// </summary>
internal sealed class OnnxOutline
{
    // Numbers of fields in onnx.proto.
    private const int ModelGraph = 7, ModelMetadata = 14, ModelFunctions = 25, GraphNodes = 1, GraphInitialisers = 5, GraphSparse = 15;
    private const int NodeAttributes = 5, FunctionNodes = 7, AttributeTensor = 5, AttributeGraph = 6, AttributeTensors = 10;
    private const int AttributeGraphs = 11, AttributeSparse = 22, AttributeSparses = 23, SparseValues = 1, SparseIndices = 2;
    private const int EntryKey = 1, EntryValue = 2, TensorExternal = 13, TensorLocation = 14;
    private const int MostDeep = 32; // graphs within graphs

    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private enum Kind
    {
        Model,
        Graph,
        Node,
        Attribute,
        Function,
        Tensor,
        Sparse,
        Entry,
    }

    private OnnxOutline() { }

    public IReadOnlyDictionary<string, string> Metadata => metadata;

    public bool HasGraph { get; private set; }

    /// <summary>Whether weights lie outside the file.</summary>
    public bool HasExternalData { get; private set; }

    /// <exception cref="InvalidDataException">A field reaches beyond the end: the file is cut off, or no ONNX model.</exception>
    public static OnnxOutline Read(ReadOnlySpan<byte> file)
    {
        var outline = new OnnxOutline();
        outline.Walk(file, Kind.Model, 0);
        return outline;
    }

    private void Walk(ReadOnlySpan<byte> message, Kind kind, int depth)
    {
        if (depth > MostDeep) throw new InvalidDataException($"graphs lie within graphs, more than {MostDeep} deep");
        string? key = null, value = null;
        while (message.Length > 0)
        {
            var tag = Number(ref message);
            var (field, type) = ((int)(tag >> 3), (int)(tag & 7));
            var content = Content(ref message, type, out var number);
            if (kind == Kind.Tensor && (field == TensorExternal || (field == TensorLocation && number == 1))) HasExternalData = true;
            if (type != 2) continue;
            if (kind == Kind.Entry && field == EntryKey) key = Encoding.UTF8.GetString(content);
            if (kind == Kind.Entry && field == EntryValue) value = Encoding.UTF8.GetString(content);
            if (kind == Kind.Model && field == ModelGraph) HasGraph = true;
            if (Inner(kind, field) is { } inner) Walk(content, inner, depth + 1);
        }
        if (key is not null) metadata[key] = value ?? "";
    }

    private static Kind? Inner(Kind kind, int field) => (kind, field) switch
    {
        (Kind.Model, ModelGraph) => Kind.Graph,
        (Kind.Model, ModelMetadata) => Kind.Entry,
        (Kind.Model, ModelFunctions) => Kind.Function,
        (Kind.Graph, GraphNodes) or (Kind.Function, FunctionNodes) => Kind.Node,
        (Kind.Graph, GraphInitialisers) => Kind.Tensor,
        (Kind.Graph, GraphSparse) => Kind.Sparse,
        (Kind.Node, NodeAttributes) => Kind.Attribute,
        (Kind.Attribute, AttributeTensor or AttributeTensors) => Kind.Tensor,
        (Kind.Attribute, AttributeGraph or AttributeGraphs) => Kind.Graph,
        (Kind.Attribute, AttributeSparse or AttributeSparses) => Kind.Sparse,
        (Kind.Sparse, SparseValues or SparseIndices) => Kind.Tensor,
        _ => null,
    };

    private static ReadOnlySpan<byte> Content(ref ReadOnlySpan<byte> message, int type, out ulong number)
    {
        number = 0;
        if (type == 0)
        {
            number = Number(ref message);
            return [];
        }
        var length = type switch
        {
            1 => 8UL,
            2 => Number(ref message),
            5 => 4UL,
            _ => throw new InvalidDataException("it is no ONNX model"),
        };
        if (length > (ulong)message.Length) throw new InvalidDataException("it is cut off, or no ONNX model");
        var content = message[..(int)length];
        message = message[(int)length..];
        return content;
    }

    private static ulong Number(ref ReadOnlySpan<byte> message)
    {
        ulong number = 0;
        for (var i = 0; i < 10 && i < message.Length; i++)
        {
            number |= (ulong)(message[i] & 127) << (7 * i);
            if (message[i] >= 128) continue;
            message = message[(i + 1)..];
            return number;
        }
        throw new InvalidDataException("it is cut off, or no ONNX model");
    }
}
