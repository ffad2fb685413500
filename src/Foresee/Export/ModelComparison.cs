using System.Diagnostics;
using Foresee.Torch;
using Microsoft.ML.OnnxRuntime;

namespace Foresee.Export;

/// <summary>Two models of the same input and classes, side by side.</summary>
/// <param name="Images">That were asked.</param>
/// <param name="Agreement">Share of the images to which both give the same most probable class.</param>
/// <param name="MeanDifference">Of a probability, over images and classes.</param>
/// <param name="FirstMilliseconds">Of one image in a batch, the median of the batches.</param>
/// <param name="SecondMilliseconds">Likewise; the two take turns.</param>
public sealed record ModelComparison(int Images, double Agreement, double MeanDifference, double FirstMilliseconds,
    double SecondMilliseconds)
{
    private const int Batch = 16;

    /// <param name="first">The content of an ONNX file that takes UInt8 pixels and has an output "probabilities".</param>
    /// <param name="second">Likewise.</param>
    /// <param name="pixels">UInt8 [N, C, H, W]</param>
    public static ModelComparison Of(byte[] first, byte[] second, Tensor pixels, int threads, CancellationToken cancel = default)
    {
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        using InferenceSession one = new(first, options), other = new(second, options);
        using var scope = TensorScope.Begin();
        var (count, same, differences, places) = ((int)pixels.Size(0), 0, 0.0, 0L);
        var (times, others) = (new List<double>(), new List<double>());
        for (var from = 0; from < count; from += Batch)
        {
            cancel.ThrowIfCancellationRequested();
            var some = pixels.Narrow(0, from, Math.Min(Batch, count - from));
            var (a, b) = (Run(one, some, times), Run(other, some, others));
            differences += a.Zip(b, (p, q) => Math.Abs(p - q)).Sum();
            places += a.Length;
            var classes = a.Length / (int)some.Size(0);
            same += a.Chunk(classes).Zip(b.Chunk(classes)).Count(pair => Top(pair.First) == Top(pair.Second));
        }
        return new(count, (double)same / count, differences / places, Median(times), Median(others));
    }

    private static float[] Run(InferenceSession session, Tensor pixels, List<double> times)
    {
        using var run = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(pixels.ToArray<byte>(), pixels.Shape);
        var begun = Stopwatch.GetTimestamp();
        using var results = session.Run(run, [session.InputNames[0]], [input], [ModelExport.Probabilities]);
        times.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds / pixels.Size(0));
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static int Top(float[] probabilities) => Array.IndexOf(probabilities, probabilities.Max());

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
