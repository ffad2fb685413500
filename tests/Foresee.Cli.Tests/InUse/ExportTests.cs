using System.Text.Json;
using Foresee.Classifiers;
using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Cli.Tests;

public sealed class ExportTests : IDisposable
{
    private const int Images = 120;
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-export-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    /// <summary>A small residual network under a linear probe, saved.</summary>
    private Classifier Saved()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        MadeImages.Write(In("train-images-idx3-ubyte"), Images, In("train-labels-idx1-ubyte"));
        var input = new InputFormat(28, 28, 1) { Mean = [0.3], Std = [0.25] };
        var encoder = TrainedEncoder.Own(new ConvEncoderOptions(8, [1, 1], ResidualOrder.Plain, ConvStem.Small).Build(input, generator),
            Device.Cpu);
        encoder.Train(false);
        EncoderFile.Write(In("encoder.safetensors"), encoder.Network);
        var pixels = ImageTensors.ReadAll(ImageSources.Open(folder), input);
        var options = new FeatureOptions(GridPooling.Two);
        var features = FeatureTable.Pool(encoder.Features(pixels), options.Pooling);
        var scaling = FeatureScaling.Fit(features, options.Scaling);
        int[] labels = [.. Enumerable.Range(0, Images).Select(i => i % 2)];
        var probe = LinearProbe.Fit(scaling.Apply(features), labels, 2, new());
        var classifier = new FeatureClassifier(new(new Linear { Features = options }, input, ["lies", "stands"], new()), options,
            () => encoder, scaling, probe);
        classifier.Save(In("saved"));
        return classifier;
    }

    [Fact]
    public void A_saved_classifier_becomes_a_file_that_predicts_the_same()
    {
        using var scope = TensorScope.Begin();
        using var classifier = Saved();
        var result = Invocation.Here("export", In("saved"), "--out", In("model.onnx"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("2 classes, images of 1 x 28 x 28", result.Out, StringComparison.Ordinal);
        var source = ImageSources.Open(folder);
        var expected = classifier.Probabilities(ImageTensors.Read(source, [0, 1, 2], classifier.Input)).ToArray<float>();
        using var model = Foresee.Inference.Classifier.Load(In("model.onnx"));
        Assert.Equal("linear", model.Description.Protocol);
        for (var i = 0; i < 3; i++)
        {
            var classes = model.Predict(source.Read(i, classifier.Input)).Classes;
            Assert.Equal(expected[2 * i], classes.Single(given => given.Class == "lies").Probability, 1e-4);
        }

        // a model that is there already is taken as it is
        File.Move(In("model.onnx"), In("saved/model.onnx"));
        Assert.Equal(ExitCode.Success, Invocation.Here("export", In("saved"), "--out", In("again.onnx")).Code);
        Assert.Equal(File.ReadAllBytes(In("saved/model.onnx")), File.ReadAllBytes(In("again.onnx")));
        Assert.Equal(["again.onnx"], Directory.GetFiles(folder, "*.onnx").Select(Path.GetFileName)); // nothing is left over
    }

    [Fact]
    public void Quantised_it_is_smaller_and_agreement_and_speed_are_told()
    {
        using (TensorScope.Begin()) Saved().Dispose();
        var result = Invocation.Here("export", In("saved"), "--out", In("small.onnx"), "--quantise", "int8", "--images", folder, "--threads",
            "1", "--json", In("fields.json"));
        Assert.Equal("", result.Error);
        Assert.Equal(ExitCode.Success, result.Code);
        Assert.Contains("times as fast; the same class for ", result.Out, StringComparison.Ordinal);
        var fields = JsonDocument.Parse(File.ReadAllText(In("fields.json"))).RootElement;
        Assert.Equal(new FileInfo(In("small.onnx")).Length, fields.GetProperty("bytes").GetInt64());
        Assert.True(fields.GetProperty("bytes").GetInt64() < fields.GetProperty("bytes_before").GetInt64());
        Assert.Equal(Images / 2, fields.GetProperty("images").GetInt32());
        Assert.InRange(fields.GetProperty("agreement").GetDouble(), 0.8, 1);
        Assert.True(fields.GetProperty("milliseconds").GetDouble() > 0);
        using var model = Foresee.Inference.Classifier.Load(In("small.onnx"));
        Assert.Equal(["lies", "stands"], model.Description.Classes);
    }

    [Fact]
    public void An_encoder_or_that_of_a_classifier_becomes_weights()
    {
        using (TensorScope.Begin()) Saved().Dispose();
        foreach (var what in new[] { In("encoder.safetensors"), In("saved") })
        {
            var result = Invocation.Here("export", what, "--out", In("weights.safetensors"));
            Assert.Equal("", result.Error);
            Assert.Contains("under torchvision's names", result.Out, StringComparison.Ordinal);
            Assert.Equal(File.ReadAllBytes(In("encoder.safetensors")), File.ReadAllBytes(In("weights.safetensors")));
        }
    }

    [Theory]
    [InlineData("--out tells the kind of file by its ending", "saved", "--out", "model.bin")]
    [InlineData("--quantise takes int8, got 'int4'", "saved", "--out", "model.onnx", "--quantise", "int4")]
    [InlineData("--quantise and --images belong together", "saved", "--out", "model.onnx", "--quantise", "int8")]
    [InlineData("Weights are written as they are", "saved", "--out", "a.safetensors", "--quantise", "int8")]
    [InlineData("holds no fitted model (no model.onnx) and no saved classifier", "nothing", "--out", "model.onnx")]
    public void What_does_not_go_together_is_refused(string expected, params string[] arguments)
    {
        Directory.CreateDirectory(In("nothing"));
        Directory.CreateDirectory(In("saved"));
        var result = Invocation.Here(["export", In(arguments[0]), "--out", In(arguments[2]), .. arguments[3..]]);
        Assert.Equal(ExitCode.Usage, result.Code);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }
}
