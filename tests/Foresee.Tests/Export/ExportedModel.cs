using Foresee.Classifiers;
using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Foresee.Tests.Export;

/// <summary>What ONNX Runtime makes of an exported model.</summary>
internal sealed class ExportedModel : IDisposable
{
    private readonly InferenceSession session;

    public ExportedModel(ModelProto model, GraphOptimizationLevel level)
    {
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = level,
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        options.AddSessionConfigEntry("session.strict_shape_type_inference", "1");
        session = new(model.ToByteArray(), options);
    }

    /// <param name="pixels">UInt8 [N, C, H, W]</param>
    public (Tensor Probabilities, Tensor Features) Run(Tensor pixels)
    {
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels.ToArray<byte>(), pixels.Shape);
        using var results = session.Run(run, ["pixels"], [input], ["probabilities", "features"]);
        Tensor Of(int output) =>
            Tensor.From<float>(results[output].GetTensorDataAsSpan<float>(), results[output].GetTensorTypeAndShape().Shape);
        return (Of(0), Of(1));
    }

    public void Dispose() => session.Dispose();

    /// <summary>
    /// The model passes ONNX's checker, where that is installed, and gives the classifier's probabilities and features within 1e-4,
    /// whatever is optimised and however many images come at once.
    /// </summary>
    /// <param name="pixels">Seven images.</param>
    /// <param name="temperature">That the model was built with, 1 for none.</param>
    public static void IsLike(ModelProto model, Classifier classifier, Tensor pixels, double temperature = 1)
    {
        Assert.Equal("", OnnxChecker.Fault(model));
        using var scope = TensorScope.Begin();
        var (probabilities, features) = (classifier.Probabilities(pixels), classifier.Features(pixels));
        if (temperature != 1) probabilities = (probabilities.Clamp(low: 1e-30).Log() / temperature).Softmax(1);
        foreach (var level in new[] { GraphOptimizationLevel.ORT_DISABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_ALL })
        {
            using var exported = new ExportedModel(model, level);
            foreach (var (from, count) in new[] { (0, 7), (2, 2), (6, 1) })
            {
                var (given, vectors) = exported.Run(pixels.Narrow(0, from, count));
                Near(probabilities.Narrow(0, from, count), given, 1e-4, $"probabilities of {count} at {level}");
                Near(features.Narrow(0, from, count), vectors, 1e-4 * Math.Max(1, features.Abs().Max().ToDouble()),
                    $"features of {count} at {level}");
            }
        }
    }

    private static void Near(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var difference = (expected - actual).Abs().Max().ToDouble();
        Assert.True(difference <= tolerance, $"{what}: the largest difference is {difference}, allowed are {tolerance}");
    }
}
