using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Foresee.Inference;

/// <summary>What the graph computes of images.</summary>
/// <param name="Probabilities">[N, classes]</param>
/// <param name="Features">[N, K]</param>
internal sealed record ModelOutput(float[] Probabilities, float[] Features);

/// <summary>
/// A graph that ONNX Runtime computes, on any thread. Disposed while others still compute, it lives until the last of them is done.
/// </summary>
internal sealed class ModelSession : IDisposable
{
    private const string Pixels = "pixels", Probabilities = "probabilities", Features = "features";
    private const double MostOff = 1e-3; // that a row of probabilities is away from a sum of 1

    private readonly InferenceSession session;
    private readonly ModelDescription description;
    private readonly string path;
    private readonly Lock gate = new();
    private int users;
    private bool disposed;

    /// <exception cref="InvalidDataException">ONNX Runtime refuses the graph, or it is not what the description says.</exception>
    public ModelSession(ModelContent content, int threads)
    {
        (description, path) = (content.Description, content.Path);
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // errors come as exceptions
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"); // waiting threads leave their time to those that decode
        try
        {
            session = new(content.File, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException($"{path}: ONNX Runtime can't load the model ({Words(error)}); restore it from a copy, or fit it "
                + "again.", error);
        }
        try
        {
            Check();
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <param name="pixels">UInt8 [N, C, ReadHeight, ReadWidth]</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="InvalidDataException">The graph can't be computed.</exception>
    public ModelOutput Run(ReadOnlyMemory<byte> pixels, int count, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Enter();
        try
        {
            using var run = new RunOptions();
            using var stop = cancel.Register(() => run.Terminate = true);
            var format = description.Input;
            long[] shape = [count, format.Channels, format.ReadHeight, format.ReadWidth];
            using var input = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(pixels), shape);
            using var results = session.Run(run, [Pixels], [input], [Probabilities, Features]);
            return Checked(new(Values(results[0], count, description.Classes.Count), Values(results[1], count, description.Features)));
        }
        catch (OnnxRuntimeException error)
        {
            cancel.ThrowIfCancellationRequested();
            throw new InvalidDataException($"{path}: ONNX Runtime can't compute the model on {count} images ({Words(error)}); restore it "
                + "from a copy, or fit it again.", error);
        }
        finally
        {
            Leave();
        }
    }

    private float[] Values(OrtValue result, int count, int width)
    {
        var shape = result.GetTensorTypeAndShape().Shape;
        if (!shape.AsSpan().SequenceEqual([count, width]))
            throw new InvalidDataException($"{path}: of {count} images the model gave [{string.Join(", ", shape)}], expected "
                + $"[{count}, {width}]; fit it again.");
        return result.GetTensorDataAsSpan<float>().ToArray();
    }

    private ModelOutput Checked(ModelOutput output)
    {
        var classes = description.Classes.Count;
        for (var from = 0; from < output.Probabilities.Length; from += classes)
        {
            var sum = 0.0;
            foreach (var probability in output.Probabilities.AsSpan(from, classes)) sum += probability >= 0 ? probability : double.NaN;
            if (!(Math.Abs(sum - 1) <= MostOff))
                throw new InvalidDataException($"{path}: the probabilities of an image sum to {sum}, not to 1, so the model is damaged; "
                    + "restore it from a copy, or fit it again.");
        }
        return float.IsFinite(TensorPrimitives.MaxMagnitude(output.Features)) ? output
            : throw new InvalidDataException($"{path}: the features of an image are NaN or infinite, so the model is damaged; restore it "
                + "from a copy, or fit it again.");
    }

    /// <summary>Names, types and sizes against the description, and one image, so that what is wrong is known now.</summary>
    private void Check()
    {
        var format = description.Input;
        CheckTensor("input", Pixels, session.InputMetadata, TensorElementType.UInt8,
            [-1, format.Channels, format.ReadHeight, format.ReadWidth]);
        if (session.InputMetadata.Count != 1)
            throw Other($"it takes {string.Join(", ", session.InputMetadata.Keys)}, expected '{Pixels}' alone");
        CheckTensor("output", Probabilities, session.OutputMetadata, TensorElementType.Float, [-1, description.Classes.Count]);
        CheckTensor("output", Features, session.OutputMetadata, TensorElementType.Float, [-1, description.Features]);
        Run(new byte[format.Bytes], 1, CancellationToken.None);
    }

    private void CheckTensor(string what, string name, IReadOnlyDictionary<string, NodeMetadata> all, TensorElementType type, int[] shape)
    {
        if (!all.TryGetValue(name, out var found))
            throw Other($"it has no {what} '{name}' (it has {string.Join(", ", all.Keys)})");
        if (!found.IsTensor || found.ElementDataType != type || found.Dimensions.Length != shape.Length
            || found.Dimensions[0] != -1 || found.Dimensions.Zip(shape).Any(side => side.First != -1 && side.First != side.Second))
            throw Other($"its {what} '{name}' is {(found.IsTensor ? found.ElementDataType : found.OnnxValueType)} "
                + $"[{string.Join(", ", found.Dimensions ?? [])}], expected {type} [{string.Join(", ", shape)}], -1 for any number of images");
    }

    private InvalidDataException Other(string fault) =>
        new($"{path} does not compute what its description says: {fault}; restore it from a copy, or fit the model again.");

    /// <summary>The first line, without the code in brackets.</summary>
    private static string Words(OnnxRuntimeException error)
    {
        var line = error.Message.Split('\n')[0];
        return (line.StartsWith('[') ? line[(line.IndexOf(']', StringComparison.Ordinal) + 1)..] : line).Trim().TrimEnd('.');
    }

    private void Enter()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(Classifier));
            users++;
        }
    }

    private void Leave()
    {
        lock (gate)
            if (--users > 0 || !disposed) return;
        session.Dispose();
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (disposed) return;
            disposed = true;
            if (users > 0) return; // the last of them
        }
        session.Dispose();
    }
}
