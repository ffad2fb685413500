using System.Buffers.Binary;
using System.Text.Json;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Files;

/// <summary>What a safetensors file holds. Disposing it disposes the tensors.</summary>
public sealed record SafetensorsContent(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
    : IDisposable
{
    public void Dispose()
    {
        foreach (var tensor in Tensors.Values) tensor.Dispose();
    }
}

/// <summary>
/// The safetensors format: 8 bytes little-endian header length, a JSON header, the tensors' bytes. Python's safetensors reads the same
/// names and values.
/// </summary>
public static class Safetensors
{
    internal const string MetadataKey = "__metadata__";

    /// <summary>Type names of the format; what else it knows (FP8 and the like) libtorch 1.13 has no type for.</summary>
    internal static readonly IReadOnlyDictionary<string, DType> Types = new Dictionary<string, DType>
    {
        ["F64"] = DType.Float64,
        ["I64"] = DType.Int64,
        ["F32"] = DType.Float32,
        ["I32"] = DType.Int32,
        ["F16"] = DType.Float16,
        ["BF16"] = DType.BFloat16,
        ["I16"] = DType.Int16,
        ["I8"] = DType.Int8,
        ["U8"] = DType.UInt8,
        ["BOOL"] = DType.Bool,
    };

    /// <summary>Writes a whole file or none. Large element types come first, so that every tensor is aligned to its elements.</summary>
    public static void Write(string path, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var ordered = tensors.OrderByDescending(t => t.Value.DType.Size()).ThenBy(t => t.Name, StringComparer.Ordinal).ToArray();
        var header = Header(ordered, metadata ?? new Dictionary<string, string>());
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in ordered) TensorBytes.Write(tensor.Value, stream);
        });
    }

    /// <summary>What is said of the tensors, without reading them.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or not in this format; the message says where.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        return SafetensorsHeader.Read(stream, path).Metadata;
    }

    /// <summary>Reads all tensors to the CPU, outside every scope.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or not in this format; the message says where.</exception>
    public static SafetensorsContent Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var header = SafetensorsHeader.Read(stream, path);
        var tensors = new Dictionary<string, Tensor>();
        try
        {
            foreach (var entry in header.Entries) // in the order of their bytes, without gaps
            {
                var tensor = TensorScope.Detach(Tensor.Empty(entry.Shape, entry.Type));
                tensors.Add(entry.Name, tensor);
                TensorBytes.Read(tensor, stream);
            }
        }
        catch
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            throw;
        }
        return new(tensors, header.Metadata);
    }

    /// <summary>As <see cref="Read"/>, for what is computed with: a number that is none would make all that follows none.</summary>
    /// <exception cref="InvalidDataException">Also where a tensor holds NaN or infinity.</exception>
    public static SafetensorsContent ReadWeights(string path)
    {
        var content = Read(path);
        using var scope = TensorScope.Begin();
        foreach (var (name, tensor) in content.Tensors)
        {
            if (!tensor.DType.IsFloatingPoint() || tensor.IsFinite().All().ToDouble() == 1) continue;
            content.Dispose();
            throw new InvalidDataException($"{path}: '{name}' holds NaN or infinity, so nothing can be computed with it; restore the file "
                + "from a copy, or pretrain again.");
        }
        return content;
    }

    private static byte[] Header(NamedTensor[] tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            long at = 0;
            var names = new HashSet<string> { MetadataKey };
            foreach (var (name, tensor) in tensors)
            {
                if (!names.Add(name))
                    throw new ArgumentException($"Two tensors are named '{name}', or it is reserved; a safetensors file needs different "
                        + "names.");
                var end = at + tensor.Elements * tensor.DType.Size();
                json.WriteStartObject(name);
                json.WriteString("dtype", Types.First(type => type.Value == tensor.DType).Key);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", at, end);
                json.WriteEndObject();
                at = end;
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' '); // the format's own padding: the data starts aligned
        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, params ReadOnlySpan<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
