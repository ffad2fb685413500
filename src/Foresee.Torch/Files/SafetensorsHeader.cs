using System.Buffers.Binary;
using System.Text.Json;

namespace Foresee.Torch.Files;

/// <summary>The header of a safetensors file, checked before a byte of data is believed: the file may be damaged or hostile.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsHeader.Entry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    private const long LongestHeader = 100_000_000; // the published limit

    internal sealed record Entry(string Name, DType Type, long[] Shape, long Begin, long End);

    /// <summary>Leaves the stream at the first byte of data; entries are in the order of their data.</summary>
    public static SafetensorsHeader Read(FileStream stream, string path)
    {
        try
        {
            return Read(stream);
        }
        catch (Exception error) when (error is JsonException or InvalidDataException or InvalidOperationException or FormatException
            or OverflowException)
        {
            var reason = error is JsonException ? "the header is no valid JSON: " + error.Message : error.Message;
            throw new InvalidDataException($"{path} is damaged or no safetensors file: {reason}. Copy or write it again.", error);
        }
    }

    private static SafetensorsHeader Read(FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8) throw new InvalidDataException($"it has {stream.Length} bytes, the header's length alone takes 8");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LongestHeader) throw new InvalidDataException($"the header claims {length} bytes, the limit is {LongestHeader}");
        if ((long)length > stream.Length - 8)
            throw new InvalidDataException($"the header claims {length} bytes, the file has {stream.Length - 8} after its length");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        using var json = JsonDocument.Parse(bytes);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"the header must be a JSON object, got {json.RootElement.ValueKind}");

        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        foreach (var property in json.RootElement.EnumerateObject())
        {
            if (!names.Add(property.Name)) throw new InvalidDataException($"the name '{property.Name}' occurs twice");
            if (property.Name == Safetensors.MetadataKey)
                foreach (var pair in property.Value.EnumerateObject())
                    metadata[pair.Name] = pair.Value.GetString()
                        ?? throw new InvalidDataException($"the metadata '{pair.Name}' must be a string");
            else entries.Add(Parse(property));
        }
        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckCoverage(entries, stream.Length - 8 - (long)length);
        return new(entries, metadata);
    }

    private static Entry Parse(JsonProperty property)
    {
        var name = property.Name;
        var typeName = Field(property, "dtype").GetString() ?? "null";
        if (!Safetensors.Types.TryGetValue(typeName, out var type))
            throw new InvalidDataException($"'{name}' has the element type {typeName}; known are "
                + $"{string.Join(", ", Safetensors.Types.Keys)}");
        var shape = Numbers(property, "shape");
        var offsets = Numbers(property, "data_offsets");
        if (offsets.Length != 2 || offsets[1] < offsets[0])
            throw new InvalidDataException($"'{name}' needs data_offsets [begin, end] with begin <= end, got "
                + $"[{string.Join(", ", offsets)}]");
        var size = shape.Aggregate((long)type.Size(), (product, extent) => checked(product * extent));
        if (size != offsets[1] - offsets[0])
            throw new InvalidDataException($"'{name}' is {typeName} [{string.Join(", ", shape)}], which takes {size} bytes, but its "
                + $"offsets span {offsets[1] - offsets[0]}");
        return new(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] Numbers(JsonProperty property, string field)
    {
        var numbers = Field(property, field).EnumerateArray().Select(number => number.GetInt64()).ToArray();
        return numbers.All(number => number >= 0) ? numbers
            : throw new InvalidDataException($"'{property.Name}' has a negative number in {field}: [{string.Join(", ", numbers)}]");
    }

    private static JsonElement Field(JsonProperty property, string field) =>
        property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty(field, out var value) ? value
            : throw new InvalidDataException($"'{property.Name}' has no {field}");

    private static void CheckCoverage(List<Entry> entries, long available)
    {
        long at = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != at)
                throw new InvalidDataException($"'{entry.Name}' begins at byte {entry.Begin} of the data, the tensor before it ends at "
                    + $"{at}: tensors must neither overlap nor leave gaps");
            at = entry.End;
        }
        if (at != available)
            throw new InvalidDataException($"the tensors take {at} bytes, the file holds {available}: it was cut short or has extra bytes");
    }
}
