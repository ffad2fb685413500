using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Text.Json;

namespace Foresee.Inference;

/// <summary>One of the nearest references of an image.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Cosine">-1 to 1.</param>
public readonly record struct ReferenceMatch(int Index, float Cosine);

/// <summary>
/// Vectors of images that a model learnt from, which new images are compared with. In a file they are a safetensors file: features F16
/// [M, K] of unit length, labels I32 [M].
/// </summary>
public sealed class ModelReferences
{
    private const int Block = 64; // rows that stay in the cache while each image is compared with them
    private readonly float[] features; // [M, K]
    private readonly int[] labels;

    /// <param name="features">[M, K] of any length; each row is brought to unit length, unless it is 0.</param>
    /// <param name="labels">[M], -1 where an image has none.</param>
    /// <exception cref="ArgumentException">They don't fit, or a number is none.</exception>
    public ModelReferences(ReadOnlySpan<float> features, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || features.Length % labels.Length != 0 || features.Length < labels.Length)
            throw new ArgumentException($"References need as many numbers for each, got {features.Length} for {labels.Length}.");
        (this.features, this.labels, Width) = (features.ToArray(), labels.ToArray(), features.Length / labels.Length);
        if (TensorPrimitives.MaxMagnitude(features) is var largest && !float.IsFinite(largest))
            throw new ArgumentException("References must be finite numbers, got NaN or infinity.");
        for (var m = 0; m < Count; m++) Normalise(this.features.AsSpan(m * Width, Width));
    }

    /// <summary>M.</summary>
    public int Count => labels.Length;

    /// <summary>K.</summary>
    public int Width { get; }

    /// <summary>Numbers of classes, -1 for none.</summary>
    public IReadOnlyList<int> Labels => labels;

    /// <summary>A reference, of unit length.</summary>
    public ReadOnlySpan<float> Row(int index) => features.AsSpan(index * Width, Width);

    /// <summary>The references that are most like each image, by cosine, nearest first.</summary>
    /// <param name="images">[N, K], of any length.</param>
    /// <param name="count">How many for each; fewer where there are fewer.</param>
    public ReferenceMatch[][] Nearest(ReadOnlySpan<float> images, int count)
    {
        if (images.Length % Width != 0) throw new ArgumentException($"Vectors have {Width} numbers each, got {images.Length} in all.");
        var (unit, number) = (images.ToArray(), images.Length / Width);
        var nearest = new ReferenceMatch[number][];
        for (var n = 0; n < number; n++)
        {
            Normalise(unit.AsSpan(n * Width, Width));
            nearest[n] = new ReferenceMatch[Math.Min(count, Count)];
            Array.Fill(nearest[n], new(-1, float.NegativeInfinity));
        }
        for (var from = 0; from < Count; from += Block)
            for (var n = 0; n < number; n++)
                for (var m = from; m < Math.Min(Count, from + Block); m++)
                    Insert(nearest[n], new(m, TensorPrimitives.Dot(Row(m), unit.AsSpan(n * Width, Width))));
        return nearest;
    }

    private static void Insert(ReferenceMatch[] best, ReferenceMatch match)
    {
        if (best.Length == 0 || !(match.Cosine > best[^1].Cosine)) return;
        var at = best.Length - 1;
        for (; at > 0 && match.Cosine > best[at - 1].Cosine; at--) best[at] = best[at - 1];
        best[at] = match;
    }

    private static void Normalise(Span<float> row)
    {
        var length = TensorPrimitives.Norm(row);
        if (length > 0) TensorPrimitives.Divide(row, length, row);
    }

    /// <summary>As it stands in a model's metadata: the safetensors file in base64.</summary>
    public string ToText()
    {
        var (labelBytes, featureBytes) = (4 * labels.Length, 2 * features.Length);
        var header = System.Text.Encoding.UTF8.GetBytes(
            $"{{\"labels\":{{\"dtype\":\"I32\",\"shape\":[{Count}],\"data_offsets\":[0,{labelBytes}]}},"
            + $"\"features\":{{\"dtype\":\"F16\",\"shape\":[{Count},{Width}],\"data_offsets\":[{labelBytes},{labelBytes + featureBytes}]}}}}");
        var aligned = (header.Length + 7) / 8 * 8;
        var file = new byte[8 + aligned + labelBytes + featureBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, aligned);
        file.AsSpan(8, aligned).Fill((byte)' ');
        header.CopyTo(file, 8);
        var data = file.AsSpan(8 + aligned);
        for (var i = 0; i < labels.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(data[(4 * i)..], labels[i]);
        for (var i = 0; i < features.Length; i++) BinaryPrimitives.WriteHalfLittleEndian(data[(labelBytes + 2 * i)..], (Half)features[i]);
        return Convert.ToBase64String(file);
    }

    /// <param name="where">Named in errors.</param>
    /// <exception cref="InvalidDataException">It is not what <see cref="ToText"/> gives.</exception>
    public static ModelReferences Parse(string text, string where)
    {
        try
        {
            var file = Convert.FromBase64String(text);
            var length = file.Length < 8 ? -1 : BinaryPrimitives.ReadInt64LittleEndian(file);
            if (length < 2 || length > file.Length - 8) throw new FormatException("the header is cut off");
            using var header = JsonDocument.Parse(file.AsMemory(8, (int)length));
            var data = file.AsSpan(8 + (int)length);
            var labels = Numbers(header, data, "labels", "I32", 4, 1, out _);
            var features = Numbers(header, data, "features", "F16", 2, 2, out var shape);
            var values = new float[features.Length / 2];
            for (var i = 0; i < values.Length; i++) values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(features[(2 * i)..]);
            var numbers = new int[labels.Length / 4];
            for (var i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(labels[(4 * i)..]);
            if (shape[0] != numbers.Length) throw new FormatException($"there are {shape[0]} vectors and {numbers.Length} labels");
            return new(values, numbers);
        }
        catch (Exception error) when (error is FormatException or JsonException or ArgumentException or InvalidOperationException
            or KeyNotFoundException or OverflowException)
        {
            throw new InvalidDataException($"{where}: the reference images can't be used ({error.Message.TrimEnd('.')}); restore the model "
                + "from a copy, or fit it again.", error);
        }
    }

    private static ReadOnlySpan<byte> Numbers(JsonDocument header, ReadOnlySpan<byte> data, string name, string type, int size, int rank,
        out long[] shape)
    {
        var entry = header.RootElement.GetProperty(name);
        shape = [.. entry.GetProperty("shape").EnumerateArray().Select(number => number.GetInt64())];
        long[] place = [.. entry.GetProperty("data_offsets").EnumerateArray().Select(number => number.GetInt64())];
        var found = entry.GetProperty("dtype").GetString();
        if (found != type || shape.Length != rank || shape.Any(side => side < 1))
            throw new FormatException($"'{name}' is {found} [{string.Join(", ", shape)}], expected {type} of rank {rank}");
        var bytes = shape.Aggregate((long)size, (product, side) => checked(product * side));
        if (place is not [var from, var to] || from < 0 || to > data.Length || to - from != bytes)
            throw new FormatException($"'{name}' needs {bytes} bytes of {data.Length}, its place is [{string.Join(", ", place)}]");
        return data[(int)from..(int)to];
    }
}
