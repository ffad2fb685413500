using System.Text.Json.Serialization;
using Foresee.Images;
using Foresee.Torch;
using Microsoft.ML.OnnxRuntime;

namespace Foresee.Encoders.Imported;

/// <summary>What of a sequence of tokens becomes the grid.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OnnxTokens>))]
public enum OnnxTokens
{
    /// <summary>The first token, which stands for the image (class token): a grid of 1 x 1.</summary>
    Class,

    /// <summary>The last ones that form a square, one for each patch.</summary>
    Patches,
}

/// <summary>Somebody else's network as an ONNX file, frozen, computed by ONNX Runtime.</summary>
/// <param name="Bytes">Length of the file, which is part of the encoder's state.</param>
/// <param name="Output">Which of the model's outputs are the features: [N, D], [N, D, h, w] or, of tokens, [N, T, D].</param>
/// <param name="Features">D.</param>
public sealed record OnnxEncoderOptions(long Bytes, string Output, int Features) : EncoderOptions
{
    public OnnxTokens Tokens { get; init; }
    /// <summary>Whether the model takes blue, green, red.</summary>
    public bool ReversedChannels { get; init; }

    /// <summary>Whether the model takes [N, H, W, C].</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>Whether its batch has a fixed size of 1.</summary>
    public bool OneByOne { get; init; }

    public override Encoder Build(InputFormat input, Generator generator) => new OnnxEncoder(this, input);

    public override void Validate(InputFormat input, ICollection<string> faults)
    {
        if (Bytes < 1) faults.Add($"an ONNX model has 1 byte or more, got {Bytes}");
        if (Features < 1) faults.Add($"an ONNX model gives 1 feature or more, got {Features}");
        if (string.IsNullOrEmpty(Output)) faults.Add("the name of the ONNX model's output is missing");
    }

    public override string Describe(InputFormat input) =>
        $"whole images of {input.Height} x {input.Width} px, an ONNX model, frozen, {Features}-d";
}

/// <summary>
/// A frozen encoder that ONNX Runtime computes. Its state is the file itself, so that it is saved and loaded like any other; it has no
/// weights that could learn.
/// </summary>
public sealed class OnnxEncoder : Encoder
{
    private readonly OnnxEncoderOptions options;
    private readonly Tensor model;
    private readonly Lock gate = new();
    private InferenceSession? session;

    public OnnxEncoder(OnnxEncoderOptions options, InputFormat input) : base(options, input)
    {
        this.options = options;
        model = Buffer("model", Tensor.Zeros([options.Bytes], DType.UInt8));
    }

    public override int Features => options.Features;

    /// <summary>The file is no weight to be drawn anew.</summary>
    public override bool IsMeasured(string name) => true;

    /// <summary>The file.</summary>
    internal byte[] File() => model.ToArray<byte>();

    /// <summary>Of the model's output for one image.</summary>
    internal long[] OutputShape()
    {
        using var scope = TensorScope.Begin();
        var (channels, height, width) = (Input.Channels, Input.Height, Input.Width);
        return Run(Tensor.Zeros(options.ChannelsLast ? [1, height, width, channels] : [1, channels, height, width])).Shape;
    }

    /// <exception cref="InvalidDataException">ONNX Runtime refuses the model, or its output has another shape than described.</exception>
    public override Tensor Grid(Tensor images)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        var x = images.To(Device.Cpu).To(DType.Float32);
        if (options.ReversedChannels) x = x.Flip(1);
        if (options.ChannelsLast) x = x.Permute(0, 2, 3, 1);
        x = x.To(MemoryFormat.Contiguous).Contiguous();
        if (!options.OneByOne || x.Size(0) == 1) return scope.Keep(Shaped(Run(x)).To(images.Device));
        var rows = Enumerable.Range(0, (int)x.Size(0)).Select(i => Shaped(Run(x.Narrow(0, i, 1)))).ToArray();
        return scope.Keep(Tensor.Cat(rows).To(images.Device));
    }

    /// <param name="x">As the model takes it, contiguous on the CPU.</param>
    private Tensor Run(Tensor x)
    {
        var session = Session();
        try
        {
            using var run = new RunOptions();
            using var input = OrtValue.CreateTensorValueFromMemory(x.Data<float>().ToArray(), x.Shape);
            using var results = session.Run(run, [session.InputNames[0]], [input], [options.Output]);
            var shape = results[0].GetTensorTypeAndShape().Shape;
            return Tensor.From<float>(results[0].GetTensorDataAsSpan<float>(), shape);
        }
        catch (OnnxRuntimeException error)
        {
            throw new InvalidDataException($"ONNX Runtime can't compute the model on images [{string.Join(", ", x.Shape)}]: "
                + OnnxModel.FirstLine(error), error);
        }
    }

    /// <returns>[B, h, w, D]</returns>
    private Tensor Shaped(Tensor y)
    {
        var grid = y.Dimensions switch
        {
            2 => y.View(y.Size(0), 1, 1, y.Size(1)),
            4 => y.Permute(0, 2, 3, 1),
            3 when options.Tokens == OnnxTokens.Class => y.Narrow(1, 0, 1).Unsqueeze(2),
            3 => Square(y),
            _ => throw Unexpected(y),
        };
        return grid.Size(0) > 0 && grid.Size(3) == Features ? grid.Contiguous() : throw Unexpected(y);
    }

    private static Tensor Square(Tensor tokens)
    {
        var side = (long)Math.Sqrt(tokens.Size(1));
        return tokens.Narrow(1, tokens.Size(1) - side * side, side * side).Reshape(tokens.Size(0), side, side, tokens.Size(2));
    }

    private InvalidDataException Unexpected(Tensor y) => new(
        $"The ONNX model's output '{options.Output}' is [{string.Join(", ", y.Shape)}], expected [N, {Features}], [N, {Features}, h, w] or tokens [N, T, {Features}]; name another output in its description.");

    private InferenceSession Session()
    {
        lock (gate) return session ??= OnnxModel.Open(File(), Engine.Threads);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) session?.Dispose();
        base.Dispose(disposing);
    }
}
