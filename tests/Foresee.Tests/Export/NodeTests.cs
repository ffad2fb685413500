using System.Diagnostics;
using System.Globalization;
using Foresee.Encoders;
using Foresee.Export;
using Foresee.Images;
using Foresee.Inference;
using Foresee.Tests.Reports;
using Foresee.Torch;

namespace Foresee.Tests.Export;

/// <summary>A test that needs Node.js and the packages of samples/node.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    public NodeFactAttribute()
    {
        try
        {
            if (Node.Run("-e", "['onnxruntime-node', 'onnxruntime-web', 'sharp'].forEach(name => require.resolve(name))").Code != 0)
                Skip = "the packages onnxruntime-node, onnxruntime-web and sharp are not here: npm install in samples/node";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip = "this system has no node";
        }
    }
}

internal static class Node
{
    public static string Samples { get; } = Path.Combine(ArchitectureTests.Root(), "samples", "node");

    public static (int Code, string Out, string Error) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = $"{Path.Combine(Samples, "node_modules")}:{Environment.GetEnvironmentVariable("NODE_PATH")}";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

public sealed class NodeTests
{
    /// <summary>The sample of docs/export.md, also with WebAssembly in place of the native runtime.</summary>
    [NodeFact]
    public void The_sample_in_JavaScript_says_what_the_model_says()
    {
        using var folder = new TemporaryFolder();
        using var scope = TensorScope.Begin();
        var input = new InputFormat(24, 20, 3) { Mean = [0.4, 0.5, 0.6], Std = [0.2, 0.3, 0.4], Margin = 2, Small = SmallImages.Enlarge };
        using var classifier = RandomNetworks.Linear(RandomNetworks.Build(
            new ConvEncoderOptions(8, [1, 1], ResidualOrder.Plain, ConvStem.Small), input), Foresee.Evaluation.GridPooling.One);
        var description = ModelExport.Describe(classifier);
        ModelExport.Write(classifier, description, references: null, folder.File(ModelDescription.ModelFile));
        File.WriteAllText(folder.File(ModelDescription.FileName), description.ToJson());
        using var model = Foresee.Inference.Classifier.Load(folder.Path);
        // in the model's size: every program reduces larger pictures a little differently
        var image = folder.File("photo.png");
        File.WriteAllBytes(image, ImageFile.EncodePng(ImageFile.Read(Path.Combine(ArchitectureTests.Root(), "tests", "fixtures", "images",
            "smooth.png"), input)));
        var expected = model.Predict(image).Classes[0];

        var program = File.ReadAllText(Path.Combine(Node.Samples, "classify.cjs"));
        foreach (var runtime in new[] { "onnxruntime-node", "onnxruntime-web" })
        {
            File.WriteAllText(folder.File("classify.cjs"), program.Replace("onnxruntime-node", runtime, StringComparison.Ordinal));
            var (code, output, error) = Node.Run(folder.File("classify.cjs"), folder.Path, image);
            Assert.True(code == 0, error);
            var words = output.Split(' ');
            Assert.Equal(expected.Class, words[1]);
            Assert.Equal(100 * expected.Probability, double.Parse(words[2], CultureInfo.InvariantCulture), 0.06);
        }
    }
}
