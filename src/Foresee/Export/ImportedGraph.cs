using Foresee.Encoders;
using Foresee.Encoders.Imported;
using Foresee.Encoders.Imported.Onnx;

namespace Foresee.Export;

/// <summary><see cref="OnnxEncoder"/>: somebody else's graph becomes a part of this one, its names behind a prefix.</summary>
internal sealed class ImportedGraph
{
    private const int LeastOperators = 7, ChangedSince = 9; // what ONNX Runtime reads; operators of this program mean the same from then on
    private readonly OnnxEncoder encoder;
    private readonly OnnxEncoderOptions options;

    private readonly ModelProto model;

    private ImportedGraph(OnnxEncoder encoder) =>
        (this.encoder, options, model) = (encoder, (OnnxEncoderOptions)encoder.Options, Read(encoder));

    /// <summary>What a model needs around such encoders' graphs.</summary>
    /// <param name="Operators">The version of the standard set of operators; all of a model must have the same.</param>
    /// <param name="Format">At least.</param>
    public sealed record Needs(int Operators, long Format, IReadOnlyList<OperatorSetIdProto> OtherSets,
        IReadOnlyList<FunctionProto> Functions);

    private static ModelProto Read(OnnxEncoder encoder) => ModelProto.Parser.ParseFrom(encoder.File());

    /// <returns>Null where there is none of them.</returns>
    /// <exception cref="NotSupportedException">Their operators are older than any that can be joined, or differ.</exception>
    public static Needs? NeedsOf(Encoder? encoder)
    {
        var needs = Within(encoder).Select(NeedsOf).ToArray();
        if (needs.Select(need => need.Operators).Distinct().Count() > 1)
            throw new NotSupportedException("The ONNX models under this classifier have the operator sets "
                + $"{string.Join(", ", needs.Select(need => need.Operators))}; they can be joined if they have the same. Convert them with "
                + "onnx.version_converter, and join and fit again with those files.");
        return needs.Length == 0 ? null : new(needs[0].Operators, needs.Max(need => need.Format),
            [.. needs.SelectMany(need => need.OtherSets).DistinctBy(set => set.Domain)],
            [.. needs.SelectMany(need => need.Functions).Distinct()]);
    }

    private static IEnumerable<OnnxEncoder> Within(Encoder? encoder) => encoder switch
    {
        OnnxEncoder own => [own],
        JointEncoder joint => joint.Parts.SelectMany(part => Within(part.Encoder)),
        _ => [],
    };

    private static Needs NeedsOf(OnnxEncoder encoder)
    {
        var model = Read(encoder);
        bool Standard(OperatorSetIdProto set) => set.Domain is "" or "ai.onnx";
        var operators = model.OpsetImport.Where(Standard).Select(set => set.Version).DefaultIfEmpty(1).Max();
        if (operators < ChangedSince && (operators < LeastOperators || !model.Graph.Node.All(IsAsLater)))
            throw new NotSupportedException($"The ONNX model under this classifier has operator set {operators}; it can be joined with a head "
                + $"from set {ChangedSince} on. Convert it with onnx.version_converter, and pretrain or fit again with that file.");
        return new((int)Math.Max(ChangedSince, operators), model.IrVersion, [.. model.OpsetImport.Where(set => !Standard(set))],
            model.Functions);
    }

    /// <summary>Whether a node of sets 7 and 8 means the same in set 9.</summary>
    private static bool IsAsLater(NodeProto node) => node.OpType is not ("Upsample" or "Scan")
        && !(node.OpType == "BatchNormalization" && node.Attribute.Any(attribute => attribute.Name == "spatial" && attribute.I == 0));

    /// <param name="x">[N, C, H, W], normalised.</param>
    /// <returns>[N, D, h, w]</returns>
    public static OnnxValue Grid(OnnxGraph graph, OnnxValue x, OnnxEncoder encoder)
    {
        var joined = new ImportedGraph(encoder);
        if (!joined.options.OneByOne) return joined.OfBatch(graph, x);
        return graph.ForEach(x, (body, image) =>
        {
            var grid = joined.OfBatch(body, body.Reshape(image, [1, .. image.Shape]));
            return body.Reshape(grid, grid.Shape[1..]);
        });
    }

    private OnnxValue OfBatch(OnnxGraph graph, OnnxValue x)
    {
        if (options.ReversedChannels) x = graph.Gather(x, 1, 2, 1, 0);
        if (options.ChannelsLast) x = graph.Transpose(x, 0, 2, 3, 1);
        var constants = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var input = model.Graph.Input.Select(value => value.Name).First(name => !constants.Contains(name));
        var prefix = graph.Name("imported") + "/";
        string Renamed(string name) => name.Length == 0 ? name : name == input ? x.Name : prefix + name;
        var (needed, nodes) = (new HashSet<string>(StringComparer.Ordinal) { options.Output }, new List<NodeProto>());
        foreach (var node in model.Graph.Node.Reverse())
            if (node.Output.Any(needed.Contains))
            {
                nodes.Add(node);
                needed.UnionWith(Used(node));
            }
        nodes.Reverse();
        foreach (var tensor in model.Graph.Initializer.Where(tensor => needed.Contains(tensor.Name)))
        {
            var own = tensor.Clone();
            own.Name = Renamed(own.Name);
            graph.Constants.Add(own);
        }
        graph.Nodes.AddRange(nodes.Select(node => WithNames(node, Renamed)));
        return Shaped(graph, new(Renamed(options.Output), [x.Shape[0], .. encoder.OutputShape()[1..]]));
    }

    /// <summary>As <see cref="OnnxEncoder.Grid"/> does it.</summary>
    private OnnxValue Shaped(OnnxGraph graph, OnnxValue y)
    {
        if (y.Shape.Length == 4) return y;
        if (y.Shape.Length == 2) return graph.Reshape(y, -1, y.Size(1), 1, 1);
        var side = options.Tokens == OnnxTokens.Class ? 1 : (long)Math.Sqrt(y.Size(1));
        var tokens = graph.Narrow(y, 1, options.Tokens == OnnxTokens.Class ? 0 : y.Size(1) - side * side, side * side);
        return graph.Reshape(graph.Transpose(tokens, 0, 2, 1), -1, y.Size(2), side, side);
    }

    // ---- Names ----

    /// <summary>All that a node takes, the graphs inside it too.</summary>
    internal static IEnumerable<string> Used(NodeProto node) => node.Input.Concat(Graphs(node).SelectMany(graph =>
        graph.Node.SelectMany(Used).Concat(graph.Output.Select(value => value.Name))));

    private static IEnumerable<GraphProto> Graphs(NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : [attribute.G, .. attribute.Graphs]);

    private static NodeProto WithNames(NodeProto node, Func<string, string> renamed)
    {
        var own = node.Clone();
        if (own.Name.Length > 0) own.Name = renamed(own.Name);
        for (var i = 0; i < own.Input.Count; i++) own.Input[i] = renamed(own.Input[i]);
        for (var i = 0; i < own.Output.Count; i++) own.Output[i] = renamed(own.Output[i]);
        foreach (var spatial in own.Attribute.Where(a => a.Name == "spatial" && own.OpType == "BatchNormalization").ToArray())
            own.Attribute.Remove(spatial); // gone since set 9, where 1 is all there is
        foreach (var graph in Graphs(own))
        {
            graph.ValueInfo.Clear(); // of names that are gone
            var nodes = graph.Node.Select(inner => WithNames(inner, renamed)).ToArray();
            graph.Node.Clear();
            graph.Node.Add(nodes);
            foreach (var value in graph.Input.Concat(graph.Output)) value.Name = renamed(value.Name);
            foreach (var tensor in graph.Initializer) tensor.Name = renamed(tensor.Name);
        }
        return own;
    }
}
