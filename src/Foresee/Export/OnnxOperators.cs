using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;

namespace Foresee.Export;

// One method per operator, in ONNX's words and meaning.
internal sealed partial class OnnxGraph
{
    private const int AxesAsInput = 18; // of ReduceMean and ReduceMax; an attribute before
    private const int WithLayerNormalization = 17;
    private const int CountAsInput = 10; // of TopK

    // ---- Number by number ----

    public OnnxValue Add(OnnxValue a, OnnxValue b) => Pair("Add", a, b);
    public OnnxValue Add(OnnxValue a, double b) => Pair("Add", a, Constant(b));
    public OnnxValue Add(OnnxValue a, Tensor b) => Pair("Add", a, Constant(b));
    public OnnxValue Subtract(OnnxValue a, OnnxValue b) => Pair("Sub", a, b);
    public OnnxValue Subtract(OnnxValue a, Tensor b) => Pair("Sub", a, Constant(b));
    public OnnxValue Multiply(OnnxValue a, OnnxValue b) => Pair("Mul", a, b);
    public OnnxValue Multiply(OnnxValue a, double b) => Pair("Mul", a, Constant(b));
    public OnnxValue Multiply(OnnxValue a, Tensor b) => Pair("Mul", a, Constant(b));
    public OnnxValue Divide(OnnxValue a, OnnxValue b) => Pair("Div", a, b);
    public OnnxValue Divide(OnnxValue a, double b) => Pair("Div", a, Constant(b));
    public OnnxValue Divide(OnnxValue a, Tensor b) => Pair("Div", a, Constant(b));
    public OnnxValue Power(OnnxValue a, double b) => Pair("Pow", a, Constant(b));
    public OnnxValue AtLeast(OnnxValue a, double b) => Pair("Max", a, Constant(b));
    public OnnxValue AtMost(OnnxValue a, double b) => Pair("Min", a, Constant(b));

    /// <summary>A truth value each.</summary>
    public OnnxValue Greater(OnnxValue a, double b) => Pair("Greater", a, Constant(b));

    public OnnxValue Less(OnnxValue a, double b) => Pair("Less", a, Constant(b));

    private OnnxValue Pair(string type, OnnxValue a, OnnxValue b) => Node(type, Common(a.Shape, b.Shape), [a, b]);

    public OnnxValue Relu(OnnxValue x) => Node("Relu", x.Shape, [x]);
    public OnnxValue Sqrt(OnnxValue x) => Node("Sqrt", x.Shape, [x]);
    public OnnxValue Exp(OnnxValue x) => Node("Exp", x.Shape, [x]);
    public OnnxValue Log(OnnxValue x) => Node("Log", x.Shape, [x]);
    public OnnxValue Sign(OnnxValue x) => Node("Sign", x.Shape, [x]);
    public OnnxValue Abs(OnnxValue x) => Node("Abs", x.Shape, [x]);
    public OnnxValue ToFloat(OnnxValue x) => Node("Cast", x.Shape, [x], Attribute("to", Float));

    /// <summary>Where the condition holds, a, else b.</summary>
    public OnnxValue Where(OnnxValue condition, OnnxValue a, OnnxValue b) =>
        Node("Where", Common(condition.Shape, Common(a.Shape, b.Shape)), [condition, a, b]);

    private static long[] Common(long[] a, long[] b)
    {
        var shape = new long[Math.Max(a.Length, b.Length)];
        for (var i = 1; i <= shape.Length; i++)
        {
            var (p, q) = (i <= a.Length ? a[^i] : 1, i <= b.Length ? b[^i] : 1);
            shape[^i] = p < 0 || q < 0 ? -1 : Math.Max(p, q);
        }
        return shape;
    }

    // ---- Along dimensions ----

    public OnnxValue Softmax(OnnxValue x) => Node("Softmax", x.Shape, [x], Attribute("axis", x.Shape.Length - 1));

    /// <summary>To length 1; zeros stay.</summary>
    /// <param name="norm">The length: 2 for the root of the sum of squares, 1 for the sum of sizes.</param>
    public OnnxValue Unit(OnnxValue x, int axis, int norm = 2) =>
        Node("LpNormalization", x.Shape, [x], Attribute("axis", axis), Attribute("p", norm));

    /// <summary>The dimensions stay, with size 1.</summary>
    public OnnxValue Mean(OnnxValue x, params long[] axes) => Reduce("ReduceMean", x, axes);

    public OnnxValue Max(OnnxValue x, params long[] axes) => Reduce("ReduceMax", x, axes);

    private OnnxValue Reduce(string type, OnnxValue x, long[] axes)
    {
        var shape = x.Shape.Select((size, axis) => axes.Contains(axis) ? 1 : size).ToArray();
        return Operators < AxesAsInput ? Node(type, shape, [x], Attribute("axes", axes)) : Node(type, shape, [x, Numbers(axes)]);
    }

    /// <summary>Mean 0 and variance 1 over the last dimension, then times weight plus bias.</summary>
    public OnnxValue LayerNormalization(OnnxValue x, Tensor weight, Tensor bias, double epsilon)
    {
        if (Operators >= WithLayerNormalization)
            return Node("LayerNormalization", x.Shape, [x, Constant(weight), Constant(bias)], Attribute("axis", -1),
                Attribute("epsilon", epsilon));
        var last = x.Shape.Length - 1;
        var centred = Subtract(x, Mean(x, last));
        var deviation = Sqrt(Add(Mean(Multiply(centred, centred), last), epsilon));
        return Add(Multiply(Divide(centred, deviation), weight), bias);
    }

    /// <summary>Each image's channels to mean 0 and variance 1 over all that follows.</summary>
    public OnnxValue InstanceNormalization(OnnxValue x, double epsilon)
    {
        using var scope = TensorScope.Begin();
        long[] channels = [x.Shape[1]];
        return Node("InstanceNormalization", x.Shape, [x, Constant(Tensor.Ones(channels)), Constant(Tensor.Zeros(channels))],
            Attribute("epsilon", epsilon));
    }

    public OnnxValue BatchNormalization(OnnxValue x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, double epsilon) =>
        Node("BatchNormalization", x.Shape, [x, Constant(weight), Constant(bias), Constant(mean), Constant(variance)],
            Attribute("epsilon", epsilon));

    /// <summary>The largest, each with its place.</summary>
    public (OnnxValue Values, OnnxValue Places) TopK(OnnxValue x, long count)
    {
        var shape = x.Shape.ToArray();
        shape[^1] = count;
        var values = Operators < CountAsInput ? Node("TopK", shape, [x], Attribute("k", count)) : Node("TopK", shape, [x, Numbers(count)]);
        var places = new OnnxValue(values.Name + "_places", shape);
        Nodes[^1].Output.Add(places.Name);
        return (values, places);
    }

    // ---- Shapes ----

    /// <param name="shape">-1 once, for what is left.</param>
    public OnnxValue Reshape(OnnxValue x, params long[] shape) => Node("Reshape", shape, [x, Numbers(shape)]);

    public OnnxValue Transpose(OnnxValue x, params long[] order) =>
        Node("Transpose", [.. order.Select(axis => x.Shape[axis])], [x], Attribute("perm", order));

    /// <summary>Some places of a dimension.</summary>
    public OnnxValue Gather(OnnxValue x, int axis, params long[] places)
    {
        var shape = x.Shape.ToArray();
        shape[axis] = places.Length;
        return Node("Gather", shape, [x, Numbers(places)], Attribute("axis", axis));
    }

    /// <summary>Rows of a table by numbers that were computed: [.., columns].</summary>
    public OnnxValue Rows(OnnxValue table, OnnxValue places) =>
        Node("Gather", [.. places.Shape, .. table.Shape[1..]], [table, places], Attribute("axis", 0));

    public OnnxValue Narrow(OnnxValue x, int axis, long from, long length) =>
        from == 0 && length == x.Shape[axis] ? x : Gather(x, axis, [.. Enumerable.Range((int)from, (int)length).Select(i => (long)i)]);

    public OnnxValue Concat(int axis, params OnnxValue[] parts)
    {
        var shape = parts[0].Shape.ToArray();
        shape[axis] = parts.Sum(part => part.Shape[axis]);
        return parts.Length == 1 ? parts[0] : Node("Concat", shape, parts, Attribute("axis", axis));
    }

    // ---- Products ----

    /// <summary>Of the last two dimensions.</summary>
    public OnnxValue MatMul(OnnxValue a, OnnxValue b) =>
        Node("MatMul", [.. Common(a.Shape[..^2], b.Shape[..^2]), a.Size(-2), b.Size(-1)], [a, b]);

    public OnnxValue MatMul(OnnxValue a, Tensor b) => MatMul(a, Constant(b));

    /// <summary>x W + b</summary>
    /// <param name="x">[N, K]</param>
    /// <param name="weight">[K, outputs]</param>
    public OnnxValue Linear(OnnxValue x, Tensor weight, Tensor bias) =>
        Node("Gemm", [x.Shape[0], weight.Size(1)], [x, Constant(weight), Constant(bias)]);

    /// <param name="x">[N, inputs, H, W]</param>
    /// <param name="weight">[outputs, inputs, kernel, kernel]</param>
    public OnnxValue Conv(OnnxValue x, Tensor weight, Tensor? bias, long stride = 1, long padding = 0)
    {
        long[] kernel = weight.Shape[2..];
        OnnxValue[] inputs = bias is null ? [x, Constant(weight)] : [x, Constant(weight), Constant(bias)];
        return Node("Conv", [x.Shape[0], weight.Size(0), .. Windows(x, kernel, stride, padding)], inputs, Attribute("kernel_shape", kernel),
            Attribute("strides", stride, stride), Attribute("pads", padding, padding, padding, padding));
    }

    public OnnxValue MaxPool(OnnxValue x, long size, long stride, long padding = 0) =>
        Node("MaxPool", [.. x.Shape[..2], .. Windows(x, [size, size], stride, padding)], [x], Attribute("kernel_shape", size, size),
            Attribute("strides", stride, stride), Attribute("pads", padding, padding, padding, padding));

    public OnnxValue AveragePool(OnnxValue x, long height, long width, long stride) =>
        Node("AveragePool", [.. x.Shape[..2], .. Windows(x, [height, width], stride, 0)], [x], Attribute("kernel_shape", height, width),
            Attribute("strides", stride, stride));

    private static IEnumerable<long> Windows(OnnxValue x, long[] kernel, long stride, long padding) =>
        kernel.Select((size, i) => (x.Shape[2 + i] + 2 * padding - size) / stride + 1);

    /// <summary>[N, C, H, W] to [N, C, 1, 1].</summary>
    public OnnxValue GlobalAveragePool(OnnxValue x) => Node("GlobalAveragePool", [.. x.Shape[..2], 1, 1], [x]);

    // ---- One image after the other ----

    /// <summary>The same for each image by itself, so that what is made on the way is held for one only.</summary>
    /// <param name="body">From [..] of one image, without N, to what is kept of it.</param>
    public OnnxValue ForEach(OnnxValue x, Func<OnnxGraph, OnnxValue, OnnxValue> body)
    {
        var inside = Inside();
        var image = new OnnxValue(Name("image"), x.Shape[1..]);
        var result = body(inside, image);
        var graph = new GraphProto { Name = Name("each") };
        graph.Node.Add(inside.Nodes);
        graph.Input.Add(Described(image, Float));
        graph.Output.Add(Described(result, Float));
        return Node("Scan", [x.Shape[0], .. result.Shape], [x], new() { Name = "body", Type = 5, G = graph },
            Attribute("num_scan_inputs", 1));
    }
}
