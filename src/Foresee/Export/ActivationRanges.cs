using Foresee.Encoders.Imported.Onnx;
using Foresee.Torch;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace Foresee.Export;

/// <summary>The range of a value inside a model.</summary>
internal readonly record struct ActivationRange(float Low, float High)
{
    private const int Levels = 255;

    /// <summary>What one step of u8 is, with 0 among the steps.</summary>
    public float Scale => Math.Max(Math.Max(High, 0) - Math.Min(Low, 0), 1e-12f) / Levels;

    public byte Zero => (byte)Math.Clamp(MathF.Round(-Math.Min(Low, 0) / Scale), 0, Levels);
}

/// <summary>Measures which numbers a model's inner values take on real images.</summary>
internal static class ActivationRanges
{
    private const double Share = 0.9999; // of the numbers lie within; the rest are cut off
    private const int MostSampled = 200_000; // numbers of a value in one batch

    /// <param name="values">Names inside the model's graph.</param>
    /// <param name="batches">UInt8 [n, C, H, W] each.</param>
    public static IReadOnlyDictionary<string, ActivationRange> Measure(byte[] model, IReadOnlyCollection<string> values,
        IEnumerable<Tensor> batches, int threads, CancellationToken cancel)
    {
        var told = ModelProto.Parser.ParseFrom(model);
        foreach (var name in values)
            told.Graph.Output.Add(new ValueInfoProto { Name = name, Type = new() { TensorType = new() { ElemType = OnnxGraph.Float } } });
        using var options = new SessionOptions { IntraOpNumThreads = threads };
        using var session = new InferenceSession(told.ToByteArray(), options);
        var ends = values.ToDictionary(name => name, _ => new List<ActivationRange>());
        foreach (var batch in batches)
        {
            cancel.ThrowIfCancellationRequested();
            using var run = new RunOptions();
            using var input = OrtValue.CreateTensorValueFromMemory(batch.ToArray<byte>(), batch.Shape);
            using var results = session.Run(run, [session.InputNames[0]], [input], [.. values]);
            foreach (var (name, result) in values.Zip(results)) ends[name].Add(RangeOf(result.GetTensorDataAsSpan<float>()));
        }
        return ends.ToDictionary(pair => pair.Key, pair =>
            new ActivationRange(pair.Value.Average(range => range.Low), pair.Value.Average(range => range.High)));
    }

    private static ActivationRange RangeOf(ReadOnlySpan<float> values)
    {
        var step = (values.Length + MostSampled - 1) / MostSampled;
        var some = new float[(values.Length + step - 1) / step];
        for (var i = 0; i < some.Length; i++) some[i] = values[i * step];
        Array.Sort(some);
        var cut = (int)((1 - Share) * some.Length);
        return new(some[cut], some[^(cut + 1)]);
    }
}
