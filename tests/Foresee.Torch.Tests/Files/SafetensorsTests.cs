using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Files;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("foresee-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string header, int dataBytes, ulong? claimedLength = null)
    {
        var path = Path.Combine(folder, "x.safetensors");
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, claimedLength ?? (ulong)text.Length);
        File.WriteAllBytes(path, [.. length, .. text, .. new byte[dataBytes]]);
        return path;
    }

    [Fact]
    public void A_file_of_every_element_type_from_another_writer_is_read()
    {
        using var content = Fixtures.Open("types");
        foreach (var (name, type) in new Dictionary<string, DType>
        {
            ["float32"] = DType.Float32,
            ["float64"] = DType.Float64,
            ["float16"] = DType.Float16,
            ["bfloat16"] = DType.BFloat16,
            ["int64"] = DType.Int64,
            ["int32"] = DType.Int32,
            ["int16"] = DType.Int16,
            ["int8"] = DType.Int8,
            ["uint8"] = DType.UInt8,
        })
        {
            Assert.Equal(type, content.Tensors[name].DType);
            Assert.Equal([0.0, 1, 2, 3, 100, 127], content.Tensors[name].ToArray<double>());
            Assert.Equal([2L, 3], content.Tensors[name].Shape);
        }
        Assert.Equal([false, true, true, true, true, true], content.Tensors["bool"].ToArray<bool>());
        Assert.Equal(2.5, content.Tensors["scalar"].ToDouble());
        Assert.Equal([0L, 4], content.Tensors["empty"].Shape);
        Assert.Equal([1f, 1], content.Tensors["name with \"quotes\" and ä"].ToArray<float>());
        Assert.Equal("ä\n", content.Metadata["note"]);
    }

    [Fact]
    public void A_round_trip_keeps_names_types_shapes_values_and_metadata()
    {
        using var original = Fixtures.Open("types");
        var path = Path.Combine(folder, "copy.safetensors");
        Safetensors.Write(path, original.Tensors.Select(t => new NamedTensor(t.Key, t.Value)), original.Metadata);
        using var copy = Safetensors.Read(path);
        Assert.Equal(original.Metadata.OrderBy(m => m.Key), copy.Metadata.OrderBy(m => m.Key));
        Assert.Equal(original.Tensors.Keys.Order(), copy.Tensors.Keys.Order());
        foreach (var (name, tensor) in original.Tensors)
        {
            Assert.Equal(tensor.DType, copy.Tensors[name].DType);
            Assert.Equal(tensor.Shape, copy.Tensors[name].Shape);
            Assert.Equal(tensor.ToArray<double>(), copy.Tensors[name].ToArray<double>());
        }
        Assert.Equal([path], Directory.GetFiles(folder)); // nothing is left beside it
    }

    [Fact]
    public void A_channels_last_weight_is_written_in_row_major_order()
    {
        using var scope = TensorScope.Begin();
        var values = Enumerable.Range(0, 24).Select(i => (float)i).ToArray();
        var path = Path.Combine(folder, "weight.safetensors");
        Safetensors.Write(path, [new("w", Tensor.From(values, 2, 3, 2, 2).To(MemoryFormat.ChannelsLast))]);
        using var content = Safetensors.Read(path);
        Assert.Equal(values, content.Tensors["w"].ToArray<float>());
    }

    /// <summary>The published format read by a few lines of its own.</summary>
    [Fact]
    public void What_is_written_has_the_published_layout()
    {
        using var scope = TensorScope.Begin();
        var path = Path.Combine(folder, "layout.safetensors");
        Safetensors.Write(path, [new("b", Tensor.From(new byte[] { 7 })), new("a", Tensor.From([1f, 2f], 1, 2))], new Dictionary<string,
            string>
        { ["format"] = "pt" });
        var bytes = File.ReadAllBytes(path);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, length));
        Assert.Equal("pt", header.RootElement.GetProperty("__metadata__").GetProperty("format").GetString());
        Assert.Equal("""{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}""", header.RootElement.GetProperty("a").GetRawText());
        Assert.Equal("""{"dtype":"U8","shape":[1],"data_offsets":[8,9]}""", header.RootElement.GetProperty("b").GetRawText());
        Assert.Equal(2f, BitConverter.ToSingle(bytes, 8 + length + 4));
        Assert.Equal(7, bytes[^1]);
        Assert.Equal(8 + length + 9, bytes.Length);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Weights_that_are_no_finite_numbers_are_refused_by_name(float odd)
    {
        using var scope = TensorScope.Begin();
        var path = Path.Combine(folder, "weights.safetensors");
        Safetensors.Write(path, [new("good", Tensor.From<float>([1, 2], 2)), new("odd", Tensor.From<float>([1, odd, 3], 3)),
            new("count", Tensor.From<long>([7], 1))]);
        var fault = Assert.Throws<InvalidDataException>(() => Safetensors.ReadWeights(path));
        Assert.StartsWith($"{path}: 'odd' holds NaN or infinity", fault.Message, StringComparison.Ordinal);
        using (Safetensors.Read(path)) { } // a checkpoint's optimiser may hold them
        Safetensors.Write(path, [new("good", Tensor.From<float>([1, 2], 2)), new("count", Tensor.From<long>([7], 1))]);
        using (Safetensors.ReadWeights(path)) { }
    }

    [Fact]
    public void Names_given_twice_are_refused_and_leave_no_file()
    {
        using var scope = TensorScope.Begin();
        var path = Path.Combine(folder, "twice.safetensors");
        var x = Tensor.Ones([1]);
        Assert.Contains("'x'", Assert.Throws<ArgumentException>(() => Safetensors.Write(path, [new("x", x), new("x", x)])).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void An_old_file_survives_a_failed_write()
    {
        var path = Path.Combine(folder, "kept");
        File.WriteAllText(path, "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100]);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Theory]
    [InlineData("", 0, "no valid JSON")]
    [InlineData("hello", 0, "no valid JSON")]
    [InlineData("[1]", 0, "must be a JSON object")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "take 8 bytes, the file holds 7")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "cut short or has extra bytes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "takes 12 bytes, but its offsets span 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative number in shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "negative number in data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "begin <= end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", 8, "begin <= end")]
    [InlineData("""{"a":{"dtype":"X7","shape":[2],"data_offsets":[0,8]}}""", 8, "element type X7")]
    [InlineData("""{"a":{"dtype":4,"shape":[2],"data_offsets":[0,8]}}""", 8, "damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""", 8, "damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", 8, "damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""", 8, "damaged")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}""", 0, "damaged")]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,8]}}""", 8, "has no dtype")]
    [InlineData("""{"a":17}""", 8, "has no dtype")]
    [InlineData("""{"__metadata__":{"n":1}}""", 0, "damaged")]
    [InlineData("""{"__metadata__":{"n":null}}""", 0, "must be a string")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", 16,
        "occurs twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12,
        "neither overlap nor leave gaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""", 16,
        "neither overlap nor leave gaps")]
    public void A_hostile_header_is_refused_with_its_reason(string header, int dataBytes, string reason)
    {
        var living = LivingTensors.Settled();
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(Write(header, dataBytes)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains("x.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Equal(living, Tensor.Living);
    }

    [Theory]
    [InlineData(1000UL, "the file has 2 after its length")]
    [InlineData(ulong.MaxValue, "the limit is 100000000")]
    [InlineData(100_000_001UL, "the limit is 100000000")]
    public void A_header_length_beyond_the_file_is_refused(ulong claimed, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Safetensors.Read(Write("{}", 0, claimed))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_file_of_less_than_a_header_is_refused()
    {
        var path = Path.Combine(folder, "short");
        foreach (var bytes in new[] { 0, 5 })
        {
            File.WriteAllBytes(path, new byte[bytes]);
            Assert.Contains($"it has {bytes} bytes", Assert.Throws<InvalidDataException>(() => Safetensors.Read(path)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_cut_of_a_good_file_is_refused()
    {
        var whole = File.ReadAllBytes(Fixtures.Path("losses.safetensors"));
        var path = Path.Combine(folder, "cut");
        for (var length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Throws<InvalidDataException>(() => Safetensors.Read(path));
        }
    }
}
