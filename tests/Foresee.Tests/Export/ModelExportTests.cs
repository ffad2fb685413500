using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Export;
using Foresee.Inference;
using Foresee.Tests.Evaluation;
using Foresee.Torch;
using Google.Protobuf;
using Classifier = Foresee.Classifiers.Classifier;

namespace Foresee.Tests.Export;

public sealed class ModelExportTests : IDisposable
{
    private const int Side = 16;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-export").FullName;

    public ModelExportTests() => SmallEncoder.Write(folder, Side);

    public void Dispose() => Directory.Delete(folder, true);

    public static TheoryData<string> Names => [.. KnownProtocols.Names];

    private TrainedEncoder Encoder() => TrainedEncoder.Load(folder, Device.Cpu);

    /// <summary>As short as it gets, with nothing left open.</summary>
    private Classifier Fit(string name)
    {
        var protocol = KnownProtocols.Find(name)!;
        if (protocol is ICountsEpochs epochs) protocol = epochs.WithEpochs(10);
        if (protocol is ITunable tunable) protocol = tunable.With(new("test", new() { [4] = new(Width: 4, Steps: 10, BatchSize: 8) }));
        using var encoder = Encoder();
        protocol = protocol.Resolve(new(1, 4, DType.Float32) { Features = encoder.Width });
        var data = Bands.Of(12);
        int[] places = [.. Enumerable.Range(0, 12)];
        using var shared = SharedFeatures.Compute([protocol], data.Images, places, data.Images, encoder.Input, threads: 1, Encoder);
        return protocol.Fit(new(data, places, data.Images, shared, Seed: 3), CancellationToken.None);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_protocols_classifier_gives_the_same_in_ONNX_Runtime_and_the_same_bytes_again(string name)
    {
        using var scope = TensorScope.Begin();
        using var classifier = Fit(name);
        var model = ModelExport.Build(classifier);
        ExportedModel.IsLike(model, classifier, ImageTensors.ReadAll(Bands.Of(7).Images, classifier.Input));
        classifier.Save(Path.Combine(folder, "saved"));
        using var loaded = Classifier.Load(Path.Combine(folder, "saved"), Device.Cpu);
        Assert.Equal(model.ToByteArray(), ModelExport.Build(loaded).ToByteArray());
    }

    /// <summary>Where it can be asked, every model of these tests is; this one tells where not, and that it finds faults.</summary>
    [OnnxCheckerFact]
    public void ONNXs_checker_takes_the_model_and_finds_what_is_wrong()
    {
        using var classifier = Fit("linear");
        var model = ModelExport.Build(classifier);
        Assert.Equal("", OnnxChecker.Fault(model));
        model.Graph.Node[^1].Input[0] = "nothing";
        Assert.Contains("nothing", OnnxChecker.Fault(model), StringComparison.Ordinal);
    }

    private string File => Path.Combine(folder, "model.onnx");

    private static ModelReferences References(Classifier classifier)
    {
        using var scope = TensorScope.Begin();
        var pixels = ImageTensors.ReadAll(Bands.Of(6).Images, classifier.Input);
        return new(classifier.Features(pixels).ToArray<float>(), [0, 1, 2, 0, -1, 2]);
    }

    [Fact]
    public void The_file_carries_its_description_and_references_and_predicts_without_libtorch()
    {
        using var scope = TensorScope.Begin();
        using var classifier = Fit("linear");
        var description = ModelExport.Describe(classifier) with
        {
            Temperature = 1.4,
            Novelty = new(3, 0.2, 0.95),
            References = ["a", "b", "c", "d", "e", "f"],
            Start = "simclr",
        };
        ModelExport.Write(classifier, description, References(classifier), File);
        using var model = Foresee.Inference.Classifier.Load(File);
        Assert.Equal(description.ToJson(), model.Description.ToJson());
        Assert.Equal([0, 1, 2, 0, -1, 2], model.References!.Labels);
        var images = Bands.Of(9).Images;
        var pixels = ImageTensors.ReadAll(images, classifier.Input);
        var expected = (classifier.Probabilities(pixels).Log() / 1.4).Softmax(1).ToArray<float>().Chunk(3).ToArray();
        for (var i = 0; i < images.Count; i++)
        {
            var prediction = model.Predict(images.Read(i, classifier.Input));
            Assert.All(prediction.Classes, given =>
                Assert.Equal(expected[i][classifier.Classes.ToList().IndexOf(given.Class)], given.Probability, 1e-4));
            Assert.NotNull(prediction.OutOfPlace);
        }
        Assert.Equal("a", model.Predict(images.Read(0, classifier.Input)).Nearest[0].Name); // itself
        Assert.Equal(1, model.Predict(images.Read(0, classifier.Input)).Nearest[0].Similarity, 1e-3);
    }

    [Fact]
    public void The_same_classifier_gives_the_same_file()
    {
        using var classifier = Fit("label-spreading");
        var description = ModelExport.Describe(classifier);
        ModelExport.Write(classifier, description, References(classifier), File);
        var first = System.IO.File.ReadAllBytes(File);
        ModelExport.Write(classifier, description, References(classifier), File);
        Assert.Equal(first, System.IO.File.ReadAllBytes(File));
        Assert.Equal([File], Directory.GetFiles(folder, "model*"));
    }

    [Fact]
    public void What_does_not_belong_together_is_refused_and_nothing_is_written()
    {
        using var classifier = Fit("linear");
        var own = ModelExport.Describe(classifier);
        string Refusal(ModelDescription description, ModelReferences? references = null) =>
            Assert.Throws<ArgumentException>(() => ModelExport.Write(classifier, description, references, File)).Message;
        Assert.Contains("its classes are left, right", Refusal(own with { Classes = ["left", "right"] }), StringComparison.Ordinal);
        Assert.Contains("Height = 17", Refusal(own with { Input = own.Input with { Height = 17 } }), StringComparison.Ordinal);
        Assert.Contains($"it has 5 features, the classifier {own.Features}", Refusal(own with { Features = 5 }), StringComparison.Ordinal);
        Assert.Contains("names 1 references, given are 0", Refusal(own with { References = ["a"] }), StringComparison.Ordinal);
        Assert.Contains("have 2 features each", Refusal(own, new([1, 2], [0])), StringComparison.Ordinal);
        Assert.Contains("asks for 4 references", Refusal(own with { Novelty = new(4, 0.1, 0.95) }), StringComparison.Ordinal);
        var far = new ModelReferences(new float[own.Features], [3]);
        Assert.Contains("a class beyond the 3", Refusal(own, far), StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File));
    }
}
