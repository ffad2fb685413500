using System.Text.Json;
using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Torch;
using Microsoft.ML.OnnxRuntime;

namespace Foresee.Encoders.Imported;

/// <summary>
/// How images reach somebody else's ONNX model, where the file does not say: a JSON file beside it, MODEL.onnx.json. What it leaves out is
/// taken from the model, else as for most image models: 224 x 224 px, RGB, mean and standard deviation of ImageNet.
/// </summary>
public sealed record OnnxDescription
{
    /// <summary>Pixels; where the model has a fixed size it must be that one.</summary>
    public int? Height { get; init; }

    public int? Width { get; init; }

    /// <summary>Per channel in the order of the model's channels, of values in 0 to Range.</summary>
    public IReadOnlyList<double>? Mean { get; init; }

    public IReadOnlyList<double>? Std { get; init; }

    /// <summary>What white is before mean and std: 1 or 255.</summary>
    public double Range { get; init; } = 1;

    /// <summary>"rgb" or "bgr".</summary>
    public string Order { get; init; } = "rgb";

    /// <summary>The output that holds the features; by default the first.</summary>
    public string? Output { get; init; }

    /// <summary>Of tokens [N, T, D]: the first one or the patches.</summary>
    public OnnxTokens Tokens { get; init; }
}

/// <summary>An ONNX file as a frozen encoder.</summary>
internal static class OnnxModel
{
    private const int UsualSide = 224, External = 1;
    private const long MostBytes = int.MaxValue; // of one protocol buffer

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <exception cref="InvalidDataException">It is no ONNX model, has another kind of input, or needs other files.</exception>
    public static OnnxEncoder Read(string path)
    {
        var bytes = Bytes(path);
        using var session = Open(bytes, threads: 1, path);
        var described = Description(path + ".json");
        if (session.InputMetadata.Count != 1)
            throw new InvalidDataException($"{path} takes {session.InputMetadata.Count} inputs ({Names(session.InputNames)}); "
                + "an encoder of images has one. Export it with its other inputs as constants.");
        var (name, input) = session.InputMetadata.First();
        var shape = input.Dimensions;
        if (input.ElementDataType != Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float || shape.Length != 4)
            throw new InvalidDataException($"{path}: its input '{name}' is {input.ElementDataType} [{string.Join(", ", shape)}], expected "
                + "float32 [N, C, H, W] or [N, H, W, C]; export it with such an input.");
        var last = shape[3] is 1 or 3 && shape[1] is not (1 or 3);
        var (channels, height, width) = last ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3]);
        var output = described.Output ?? session.OutputNames[0];
        if (!session.OutputMetadata.ContainsKey(output))
            throw new InvalidDataException($"{path} has no output '{output}', only {Names(session.OutputNames)}; name one of these in "
                + $"{path}.json.");
        if (described.Order is not ("rgb" or "bgr"))
            throw new InvalidDataException($"{path}.json: order must be \"rgb\" or \"bgr\", got \"{described.Order}\".");
        var format = Input(path, described, channels > 0 ? channels : 3, Size("height", described.Height, height, path),
            Size("width", described.Width, width, path));
        var options = new OnnxEncoderOptions(bytes.Length, output, Features: 1)
        {
            Tokens = described.Tokens,
            ReversedChannels = described.Order == "bgr" && format.Channels == 3,
            ChannelsLast = last,
            OneByOne = shape[0] == 1,
        };
        return Filled(options with { Features = Measure(session, options, format, path) }, format, bytes);
    }

    /// <summary>The length of its vectors, from one empty image: files often leave it open.</summary>
    private static int Measure(InferenceSession session, OnnxEncoderOptions options, InputFormat format, string path)
    {
        long[] shape = options.ChannelsLast ? [1, format.Height, format.Width, format.Channels]
            : [1, format.Channels, format.Height, format.Width];
        try
        {
            using var run = new RunOptions();
            using var input = OrtValue.CreateTensorValueFromMemory(new float[format.Bytes], shape);
            using var results = session.Run(run, [session.InputNames[0]], [input], [options.Output]);
            var info = results[0].GetTensorTypeAndShape();
            var given = info.Shape;
            return info.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float && given.Length is >= 2 and <= 4
                && given.All(size => size > 0)
                ? (int)(given.Length == 4 ? given[1] : given[^1])
                : throw new InvalidDataException($"{path}: its output '{options.Output}' is {info.ElementDataType} "
                    + $"[{string.Join(", ", given)}], expected float32 [N, D], [N, D, h, w] or [N, T, D]; name another in {path}.json.");
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException($"{path} can't be computed on an image of {format.Height} x {format.Width} px "
                + $"({FirstLine(error)}); write the size it was exported for into {path}.json.", error);
        }
    }

    private static OnnxEncoder Filled(OnnxEncoderOptions options, InputFormat format, byte[] bytes)
    {
        var encoder = new OnnxEncoder(options, format);
        using var scope = TensorScope.Begin();
        encoder.Load(new Dictionary<string, Tensor> { ["model"] = Tensor.From<byte>(bytes, bytes.Length) });
        encoder.Train(false);
        return encoder;
    }

    public static InferenceSession Open(byte[] bytes, int threads, string? path = null)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // what fails is thrown
        };
        try
        {
            return new InferenceSession(bytes, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException($"{path ?? "The encoder"}: ONNX Runtime {OrtEnv.Instance().GetVersionString()} can't open this "
                + $"model: {FirstLine(error)}", error);
        }
    }

    public static string FirstLine(OnnxRuntimeException error) => error.Message.Split('\n')[0].TrimEnd('.') + ".";

    /// <summary>The whole file. One that refers to others is refused: it could name any file of the machine.</summary>
    private static byte[] Bytes(string path)
    {
        var length = new FileInfo(path).Length;
        if (length > MostBytes) throw new InvalidDataException($"{path} has {length:N0} bytes; an ONNX model has at most {MostBytes:N0}.");
        if (OnnxResNet.Parse(path).Graph.Initializer.Any(tensor => tensor.DataLocation == External))
            throw new InvalidDataException($"{path} keeps its weights in another file; export it as one file (in PyTorch: "
                + "external_data=False).");
        return File.ReadAllBytes(path);
    }

    private static OnnxDescription Description(string path)
    {
        if (!File.Exists(path)) return new();
        try
        {
            return JsonSerializer.Deserialize<OnnxDescription>(File.ReadAllText(path), Json) ?? new();
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{path} can't be read: {error.Message} It may have height, width, mean, std, range, order, "
                + "output and tokens.", error);
        }
    }

    private static int Size(string what, int? described, int model, string path) =>
        described is { } side && model > 0 && side != model
            ? throw new InvalidDataException($"{path}: its {what} is fixed at {model} px, but {path}.json says {side}; "
                + "leave it out there.")
            : described ?? (model > 0 ? model : UsualSide);

    private static InputFormat Input(string path, OnnxDescription described, int channels, int height, int width)
    {
        var usual = TorchvisionWeights.ImageNetInput;
        double[]? Levels(IReadOnlyList<double>? values) => values is null ? null : [.. values.Select(value => value / described.Range)];
        var mean = Levels(described.Mean) ?? (channels == 3 && described.Std is null ? [.. usual.Mean] : []);
        var std = Levels(described.Std) ?? (channels == 3 && described.Mean is null ? [.. usual.Std] : []);
        if (mean.Length == 0 && std.Length > 0) mean = new double[std.Length];
        if (std.Length == 0 && mean.Length > 0) std = [.. Enumerable.Repeat(1 / described.Range, mean.Length)];
        if (described.Order == "bgr") (mean, std) = ([.. mean.Reverse()], [.. std.Reverse()]); // images are read as RGB
        var input = new InputFormat(height, width, channels) { Small = SmallImages.Enlarge, Mean = mean, Std = std };
        var faults = new List<string>();
        input.Validate(faults);
        return faults.Count == 0 ? input : throw new InvalidDataException($"{path}.json: {string.Join("; ", faults)}.");
    }

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
