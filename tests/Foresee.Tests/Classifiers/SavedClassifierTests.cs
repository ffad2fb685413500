using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Labels;
using Foresee.Tests.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Files;
using NamedTensor = Foresee.Torch.Layers.NamedTensor;

namespace Foresee.Tests.Classifiers;

public sealed class SavedClassifierTests : IDisposable
{
    private const int Side = 16;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-classifier").FullName;

    public SavedClassifierTests() => SmallEncoder.Write(folder, Side);

    public void Dispose() => Directory.Delete(folder, true);

    private string Saved => Path.Combine(folder, "saved");
    private string Description => Path.Combine(Saved, "classifier.json");
    private string Weights => Path.Combine(Saved, "weights.safetensors");

    public static TheoryData<string> Names => [.. KnownProtocols.Names];

    private TrainedEncoder Encoder() => TrainedEncoder.Load(folder, Device.Cpu);

    /// <summary>A protocol as a short training, with nothing left open.</summary>
    private IProtocol Quick(string name)
    {
        var protocol = KnownProtocols.Find(name)!;
        if (protocol is ICountsEpochs epochs) protocol = epochs.WithEpochs(10);
        if (protocol is ITunable tunable) protocol = tunable.With(new("test", new() { [4] = new(Width: 4, Steps: 10, BatchSize: 8) }));
        using var encoder = Encoder();
        return protocol.Resolve(new(1, 4, DType.Float32) { Features = encoder.Width });
    }

    private static Provenance From => new() { Commit = "abc", Data = "bands", Labels = 12, Time = DateTimeOffset.UnixEpoch };

    private Classifier Fit(IProtocol protocol)
    {
        var data = Bands.Of(12);
        int[] places = [.. Enumerable.Range(0, 12)];
        using var encoder = Encoder();
        using var shared = SharedFeatures.Compute([protocol], data.Images, places, data.Images, encoder.Input, threads: 1, Encoder);
        return protocol.Fit(new(data, places, data.Images, shared, Seed: 3) { Provenance = From }, CancellationToken.None);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_saved_classifier_gives_the_same_probabilities_to_the_last_bit(string name)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers(); // what other tests left must not end here
        var (before, protocol, test) = (LivingTensors.Settled(), Quick(name), Bands.Of(300)); // more than one batch
        using (TensorScope.Begin())
        {
            using var classifier = Fit(protocol);
            var pixels = ImageTensors.ReadAll(test.Images, classifier.Input);
            var probabilities = classifier.Probabilities(pixels).ToArray<float>();
            Assert.All(probabilities.Chunk(3), row => Assert.Equal(1, row.Sum(), 1e-5));
            Assert.Equal(probabilities.Chunk(3).Select(row => Array.IndexOf(row, row.Max())), classifier.Predict(pixels));
            classifier.Save(Saved);
            using var loaded = Classifier.Load(Saved, Device.Cpu);
            Assert.Equal(probabilities, loaded.Probabilities(pixels).ToArray<float>());
            Assert.Equal(classifier.Predict(pixels), loaded.Predict(test.Images, threads: 2));
            Assert.Equal(["above", "below", "middle"], loaded.Classes);
            Assert.Equal(classifier.Input, loaded.Input);
            Assert.Equal(From, loaded.Description.Provenance);
            Assert.Equal(Fingerprint.Text(protocol), Fingerprint.Text(loaded.Description.Protocol));
        }
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Square_roots_of_features_are_part_of_what_is_saved()
    {
        using var scope = TensorScope.Begin();
        using var classifier = Fit(new Linear { Features = new(GridPooling.Whole) { Scaling = new(Scaling.Root) } });
        var pixels = ImageTensors.ReadAll(Bands.Of(20).Images, classifier.Input);
        classifier.Save(Saved);
        using var loaded = Classifier.Load(Saved, Device.Cpu);
        Assert.Equal(classifier.Probabilities(pixels).ToArray<float>(), loaded.Probabilities(pixels).ToArray<float>());
    }

    /// <summary>What evaluate writes is the accuracy of the classifier in use.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_accuracy_that_is_measured_is_that_of_the_saved_classifier(string name)
    {
        var (protocol, data) = (Quick(name), new LabelledSplits(Bands.Of(12), Bands.Of(90)));
        using var encoder = Encoder();
        var plan = new EvaluationPlan("bands", [protocol], [new(4, LabelUnit.PerClass)], encoder.Input, Threads: 1, Draws: 1,
            Seed: 3)
        { NewEncoder = Encoder };
        var measured = Assert.Single(Evaluator.Run(data, plan)).Value;
        using (var classifier = Fit(protocol)) classifier.Save(Saved);
        using var loaded = Classifier.Load(Saved, Device.Cpu);
        Assert.Equal(measured, Accuracy.Top1(loaded.Predict(data.Test!.Images, threads: 1), data.Test.Labels));
    }

    [Fact]
    public void Pixels_of_another_form_are_refused_with_the_form_it_takes()
    {
        using var scope = TensorScope.Begin();
        using var classifier = Fit(new Linear());
        var message = Assert.Throws<ArgumentException>(() =>
            classifier.Probabilities(Tensor.Zeros([2, 3, Side, Side], DType.UInt8))).Message;
        Assert.Contains("[images, 1, 16, 16]", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => classifier.Probabilities(Tensor.Zeros([2, 1, Side, Side])));
    }

    private void Save(string name = "linear")
    {
        using var classifier = Fit(Quick(name));
        classifier.Save(Saved);
    }

    private string Refusal() => Assert.ThrowsAny<IOException>(() => Classifier.Load(Saved, Device.Cpu).Dispose()).Message;

    private string Invalid() => Assert.Throws<InvalidDataException>(() => Classifier.Load(Saved, Device.Cpu).Dispose()).Message;

    private void Edit(Action<JsonObject> change)
    {
        var root = JsonNode.Parse(File.ReadAllText(Description))!.AsObject();
        change(root);
        File.WriteAllText(Description, root.ToJsonString());
    }

    /// <summary>Writes other weights, and their hash as if they belonged.</summary>
    private void EditWeights(Action<Dictionary<string, Tensor>> change)
    {
        using var scope = TensorScope.Begin();
        using (var content = Safetensors.Read(Weights))
        {
            var tensors = content.Tensors.ToDictionary();
            change(tensors);
            Safetensors.Write(Weights + ".new", tensors.Select(pair => new NamedTensor(pair.Key, pair.Value)));
        }
        File.Move(Weights + ".new", Weights, overwrite: true);
        Edit(root => root["Weights"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Weights))));
    }

    [Fact]
    public void A_folder_without_a_classifier_is_named() =>
        Assert.Contains("name the folder that a classifier was saved to", Refusal(), StringComparison.Ordinal);

    [Fact]
    public void Damaged_and_mixed_up_weights_are_refused()
    {
        Save();
        var bytes = File.ReadAllBytes(Weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(Weights, bytes);
        Assert.Contains("damaged, or of another classifier", Invalid(), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_not_finite_are_refused()
    {
        Save();
        EditWeights(tensors => tensors["head.weights"].Fill_(double.NaN));
        Assert.Contains("'head.weights' holds numbers that are not finite", Invalid(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("head.weights", "'head.weights' is missing")]
    [InlineData("scaling.mean", "'scaling.mean' is missing")]
    [InlineData("encoder.stem.weight", "stem.weight")]
    public void A_missing_weight_is_named(string name, string expected)
    {
        Save();
        EditWeights(tensors => Assert.True(tensors.Remove(name)));
        Assert.Contains(expected, Invalid(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_belongs_to_nothing_is_named()
    {
        Save();
        EditWeights(tensors => tensors["other"] = Tensor.Ones([2]));
        Assert.Contains("'other'", Invalid(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_number_of_classes_than_the_weights_have_is_refused(string name)
    {
        Save(name);
        Edit(root => root["Classes"]!.AsArray().Add("fourth"));
        Assert.Contains("4 classes", Invalid(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_kinds_and_later_formats_are_told_by_their_names()
    {
        Save();
        Edit(root => root["Protocol"]!["protocol"] = "oracle");
        var message = Invalid();
        Assert.Contains("its kind is 'oracle'", message, StringComparison.Ordinal);
        Assert.Contains("label-spreading", message, StringComparison.Ordinal);
        Edit(root => root["Format"] = 2);
        Assert.Contains("use a later version", Invalid(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void A_description_that_cant_be_read_is_refused(string text)
    {
        Save();
        File.WriteAllText(Description, text);
        Assert.Contains("classifier.json describes no classifier that can be used", Invalid(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Classes")]
    [InlineData("Input")]
    [InlineData("Protocol")]
    [InlineData("Weights")]
    [InlineData("Provenance")]
    public void A_missing_field_is_named(string name)
    {
        Save();
        Edit(root => Assert.True(root.Remove(name)));
        Assert.Contains(name == "Protocol" ? "its kind is ''" : name, Invalid(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_names_of_protocols_are_those_of_the_list_and_options_read_back_as_they_were_written() =>
        Assert.All(KnownProtocols.All, protocol =>
    {
        var text = Fingerprint.Text(protocol);
        Assert.Equal(protocol.Name, JsonNode.Parse(text)!["protocol"]!.GetValue<string>());
        Assert.Equal(text, Fingerprint.Text(JsonSerializer.Deserialize<IProtocol>(text, Fingerprint.Json)!));
        Assert.All(protocol.OlderNames.Append(protocol.Name), word => Assert.Same(protocol, KnownProtocols.Find(word)));
    });
}
