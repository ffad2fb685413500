using System.Buffers.Binary;
using System.Text;
using Foresee.Images;
using Foresee.Inference;

namespace Foresee.Tests;

/// <summary>
/// A model.onnx that a test writes byte by byte and can compute by hand: features are the mean of each channel in 0..1, logits are
/// features x Weights + Bias, probabilities their softmax.
/// </summary>
internal sealed class TinyModel
{
    private const int Float = 1, UInt8 = 2, Int = 2, Ints = 7;

    public TinyModel(string[] classes, int height = 4, int width = 5, int channels = 3)
    {
        Description = new(classes, new(height, width, channels) { Small = SmallImages.Enlarge }, channels);
        var random = new Random(7);
        Weights = [.. Enumerable.Range(0, channels * classes.Length).Select(_ => (float)(8 * random.NextDouble() - 4))];
        Bias = [.. classes.Select(_ => (float)random.NextDouble())];
    }

    public ModelDescription Description { get; set; }

    public ModelReferences? References { get; set; }

    /// <summary>[channels, classes]</summary>
    public float[] Weights { get; set; }

    /// <summary>[classes]</summary>
    public float[] Bias { get; set; }

    /// <summary>Metadata beside, or instead of, those of the description.</summary>
    public Dictionary<string, string?> Metadata { get; } = [];

    public string InputName { get; set; } = "pixels";

    public string[] OutputNames { get; set; } = ["probabilities", "features"];

    /// <summary>0 for a free one.</summary>
    public int Batch { get; set; }

    /// <summary>A file that the weights are said to lie in.</summary>
    public string? External { get; set; }

    /// <summary>What the pixels are divided by.</summary>
    public float Range { get; set; } = 255;

    /// <summary>What the model should say of an image, computed in double.</summary>
    public (double[] Probabilities, double[] Features) Expected(Image image)
    {
        var (channels, classes) = (image.Channels, Description.Classes.Count);
        var features = new double[channels];
        for (var i = 0; i < image.Pixels.Length; i++) features[i % channels] += image.Pixels[i] / Range / (image.Pixels.Length / channels);
        var exponentials = new double[classes];
        for (var k = 0; k < classes; k++)
        {
            double logit = Bias[k];
            for (var c = 0; c < channels; c++) logit += features[c] * Weights[c * classes + k];
            exponentials[k] = Math.Exp(logit);
        }
        return ([.. exponentials.Select(value => value / exponentials.Sum())], features);
    }

    public string Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Bytes());
        return path;
    }

    public byte[] Bytes()
    {
        var (input, classes) = (Description.Input, Weights.Length / Description.Input.Channels);
        var graph = new Message()
            .Add(1, Node("Cast", [InputName], "x", Attribute("to", Float)))
            .Add(1, Node("Div", ["x", "range"], "y"))
            .Add(1, Node("ReduceMean", ["y"], OutputNames[1], Attribute("axes", 2, 3), Attribute("keepdims", 0)))
            .Add(1, Node("Gemm", [OutputNames[1], "weights", "bias"], "logits"))
            .Add(1, Node("Softmax", ["logits"], OutputNames[0], Attribute("axis", 1)))
            .Add(2, "tiny")
            .Add(5, Tensor("range", [], [Range]))
            .Add(5, Tensor("weights", [input.Channels, classes], Weights))
            .Add(5, Tensor("bias", [classes], Bias))
            .Add(11, Value(InputName, UInt8, Batch, input.Channels, input.ReadHeight, input.ReadWidth))
            .Add(12, Value(OutputNames[0], Float, Batch, classes))
            .Add(12, Value(OutputNames[1], Float, Batch, input.Channels));
        var model = new Message().Add(1, 8).Add(2, "test").Add(7, graph).Add(8, new Message().Add(2, 17));
        var metadata = new Dictionary<string, string?> { [ModelDescription.MetadataKey] = Description.ToJson() };
        if (References is not null) metadata[ModelDescription.ReferencesKey] = References.ToText();
        foreach (var (key, value) in Metadata) metadata[key] = value;
        foreach (var (key, value) in metadata)
            if (value is not null) model.Add(14, new Message().Add(1, key).Add(2, value));
        return model.ToArray();
    }

    private static Message Node(string type, string[] inputs, string output, params Message[] attributes)
    {
        var node = new Message();
        foreach (var name in inputs) node.Add(1, name);
        node.Add(2, output).Add(4, type);
        foreach (var attribute in attributes) node.Add(5, attribute);
        return node;
    }

    private static Message Attribute(string name, long value) => new Message().Add(1, name).Add(3, value).Add(20, Int);

    private static Message Attribute(string name, params long[] values)
    {
        var attribute = new Message().Add(1, name).Add(20, Ints);
        foreach (var value in values) attribute.Add(8, value);
        return attribute;
    }

    private Message Tensor(string name, long[] shape, float[] values)
    {
        var tensor = new Message();
        foreach (var side in shape) tensor.Add(1, side);
        tensor.Add(2, Float).Add(8, name);
        if (External is not null)
            return tensor.Add(13, new Message().Add(1, "location").Add(2, External)).Add(14, 1);
        var raw = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4 * i), values[i]);
        return tensor.Add(9, raw);
    }

    private static Message Value(string name, int type, params int[] shape)
    {
        var sides = new Message();
        foreach (var side in shape) sides.Add(1, side == 0 ? new Message().Add(2, "N") : new Message().Add(1, side));
        return new Message().Add(1, name).Add(2, new Message().Add(1, new Message().Add(1, type).Add(2, sides)));
    }

    /// <summary>A message of protocol buffers.</summary>
    internal sealed class Message
    {
        private readonly MemoryStream bytes = new();

        public Message Add(int field, long value)
        {
            Number((ulong)field << 3);
            Number((ulong)value);
            return this;
        }

        public Message Add(int field, byte[] value)
        {
            Number(((ulong)field << 3) | 2);
            Number((ulong)value.Length);
            bytes.Write(value);
            return this;
        }

        public Message Add(int field, string value) => Add(field, Encoding.UTF8.GetBytes(value));

        public Message Add(int field, Message value) => Add(field, value.ToArray());

        public byte[] ToArray() => bytes.ToArray();

        private void Number(ulong value)
        {
            for (; value >= 128; value >>= 7) bytes.WriteByte((byte)(value | 128));
            bytes.WriteByte((byte)value);
        }
    }
}
