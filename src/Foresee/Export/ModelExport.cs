using Foresee.Classifiers;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Inference;
using Foresee.Torch;
using Foresee.Torch.Files;
using Google.Protobuf;
using Classifier = Foresee.Classifiers.Classifier;

namespace Foresee.Export;

/// <summary>A classifier as one ONNX file that needs no libtorch and no Foresee.</summary>
public static class ModelExport
{
    private const int Operators = 17; // LayerNormalization came with it, and every ONNX Runtime since 1.12 reads it
    private const int Format = 8;
    private const long MostBytes = int.MaxValue - (1L << 25); // of one protocol buffer, with room for all that is no weight
    private const string Producer = "foresee";

    /// <summary>No class is less probable than this before the temperature: none is impossible.</summary>
    internal const double LeastProbability = 1e-30;

    /// <summary>Names of the model's input and outputs.</summary>
    public const string Pixels = "pixels", Probabilities = "probabilities", Features = "features";

    /// <summary>
    /// Writes a whole file or none, the same bytes for the same weights, description and references. Its input "pixels" takes UInt8
    /// [N, C, ReadHeight, ReadWidth] as the classifier does; its outputs are "probabilities" f32 [N, classes], the temperature of the
    /// description inside, and "features" f32 [N, K], see <see cref="Classifier.Features"/>. All is computed in f32, also of a classifier
    /// whose products are BFloat16.
    /// </summary>
    /// <param name="references">Vectors that <see cref="Classifier.Features"/> gave for images which it learnt from; null for none.</param>
    /// <exception cref="ArgumentException">Description or references don't belong to the classifier; all faults are named.</exception>
    /// <exception cref="NotSupportedException">A part of the classifier can't be written as ONNX; the message says which.</exception>
    public static void Write(Classifier classifier, ModelDescription description, ModelReferences? references, string path)
    {
        description.Validate();
        var model = Build(classifier, description.Temperature);
        Check(classifier, (int)model.Graph.Output[1].Type.TensorType.Shape.Dim[1].DimValue, description, references);
        model.MetadataProps.Add(new StringStringEntryProto { Key = ModelDescription.MetadataKey, Value = description.ToJson() });
        if (references is not null)
            model.MetadataProps.Add(new StringStringEntryProto { Key = ModelDescription.ReferencesKey, Value = references.ToText() });
        AtomicFile.Write(path, stream => model.WriteTo(stream));
    }

    /// <summary>What a classifier says of itself: nothing that was measured.</summary>
    public static ModelDescription Describe(Classifier classifier)
    {
        using var scope = TensorScope.Begin();
        var (input, from) = (classifier.Input, classifier.Description.Provenance);
        var black = Tensor.Zeros([1, input.Channels, input.ReadHeight, input.ReadWidth], DType.UInt8);
        return new(classifier.Classes, input, (int)classifier.Features(black).Size(1))
        {
            Protocol = classifier.Description.Protocol.Name,
            Program = from.Program,
            Commit = from.Commit,
            Data = from.Data,
            DataHash = from.DataHash,
            Labels = from.Labels,
            Seed = from.Seed,
            Time = from.Time,
        };
    }

    private static void Check(Classifier classifier, int features, ModelDescription description, ModelReferences? references)
    {
        string?[] faults = [
            classifier.Classes.SequenceEqual(description.Classes) ? null : "its classes are "
                + $"{string.Join(", ", description.Classes)}, the classifier's {string.Join(", ", classifier.Classes)}",
            classifier.Input == description.Input ? null : $"its input is {description.Input}, the classifier's {classifier.Input}",
            features == description.Features ? null : $"it has {description.Features} features, the classifier {features}",
            references is null || references.Width == features ? null
                : $"the references have {references.Width} features each, the classifier {features}",
            description.References.Count == 0 || description.References.Count == references?.Count ? null
                : $"it names {description.References.Count} references, given are {references?.Count ?? 0}",
            references is null || references.Labels.All(label => label >= -1 && label < classifier.Classes.Count) ? null
                : $"a reference has a class beyond the {classifier.Classes.Count} there are",
            description.Novelty is not { } rule || rule.Neighbours <= (references?.Count ?? 0) ? null
                : $"its rule of novelty asks for {rule.Neighbours} references, given are {references?.Count ?? 0}",
        ];
        if (faults.Any(fault => fault is not null))
            throw new ArgumentException($"The description does not belong to this classifier: {string.Join("; ", faults.OfType<string>())}.");
    }

    /// <exception cref="NotSupportedException">A part of it can't be written as ONNX; the message says which.</exception>
    internal static ModelProto Build(Classifier classifier, double temperature = 1)
    {
        using var noGrad = Autograd.NoGrad();
        using var scope = TensorScope.Begin();
        var needs = ImportedGraph.NeedsOf(classifier.Encoder?.Network) ?? new(Operators, Format, [], []);
        var (graph, input) = (new OnnxGraph(needs.Operators), classifier.Input);
        var pixels = new OnnxValue(Pixels, -1, input.Channels, input.ReadHeight, input.ReadWidth);
        var end = End(graph, graph.ToFloat(pixels), classifier);
        var features = graph.Named(Features, end.Features);
        var probabilities = graph.Named(Probabilities, graph.ProbabilitiesOf(end, temperature));
        return Assembled(graph, needs, pixels, probabilities, features);
    }

    private static GraphEnd End(OnnxGraph graph, OnnxValue pixels, Classifier classifier)
    {
        switch (classifier)
        {
            case FeatureClassifier own:
                var grid = EncoderGraph.Grid(graph, pixels, own.Encoder.Network);
                return HeadGraph.OnFeatures(graph, graph.Pooled(grid, own.Options.Pooling), Weights.Of(own.Scaling), own.Head);
            case GridClassifier own:
                return HeadGraph.OnGrid(graph, EncoderGraph.Grid(graph, pixels, own.Network.Encoder.Network), own.Network.Head);
            case SupervisedClassifier own:
                return SupervisedGraph.End(graph, pixels, own.Network);
            default:
                throw new NotSupportedException($"A classifier of kind {classifier.GetType().Name} can't be written as ONNX.");
        }
    }

    /// <summary>softmax(scores / T), of probabilities that of their logarithms, with the floor that T was measured with.</summary>
    private static OnnxValue ProbabilitiesOf(this OnnxGraph graph, GraphEnd end, double temperature)
    {
        if (end.AreProbabilities && temperature == 1) return end.Scores;
        var logits = end.AreProbabilities ? graph.Log(graph.AtLeast(end.Scores, LeastProbability)) : end.Scores;
        return graph.Softmax(temperature == 1 ? logits : graph.Divide(logits, temperature));
    }

    private static ModelProto Assembled(OnnxGraph graph, ImportedGraph.Needs needs, OnnxValue pixels, params OnnxValue[] outputs)
    {
        var bytes = graph.Constants.Sum(tensor => (long)tensor.RawData.Length + 4L * tensor.FloatData.Count);
        if (bytes > MostBytes)
            throw new NotSupportedException($"The weights of this classifier have {bytes:N0} bytes, an ONNX model of one file has at most "
                + $"{MostBytes:N0}; fit it with a smaller encoder or, with neighbours or label spreading, with fewer images.");
        var model = new ModelProto
        {
            IrVersion = Math.Max(Format, needs.Format),
            ProducerName = Producer,
            Graph = new() { Name = Producer },
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = graph.Operators });
        model.OpsetImport.Add(needs.OtherSets);
        model.Functions.Add(needs.Functions);
        model.Graph.Node.Add(graph.Nodes);
        model.Graph.Initializer.Add(graph.Constants);
        model.Graph.Input.Add(OnnxGraph.Described(pixels, OnnxGraph.UInt8));
        model.Graph.Output.Add(outputs.Select(output => OnnxGraph.Described(output, OnnxGraph.Float)));
        return model;
    }
}
