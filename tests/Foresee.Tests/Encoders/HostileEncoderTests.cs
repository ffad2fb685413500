using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Foresee.Encoders;
using Foresee.Tests.Reports;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Tests.Encoders;

/// <summary>Weight files that somebody changed: each is read as it says or refused in words, never half believed.</summary>
public sealed class HostileEncoderTests : IDisposable
{
    private const string Key = "foresee.encoder";
    private readonly TemporaryFolder folder = new();
    private readonly string good;

    public HostileEncoderTests()
    {
        using var generator = new Generator(0);
        using var encoder = PatchGrids.Build(PatchEncoderOptions.Small8(1), side: 16, patch: 8, stride: 4, generator);
        EncoderFile.Write(good = folder.File("good.safetensors"), encoder);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>What reading a file with this description says; null when it is read.</summary>
    private string? WithDescription(string description) => WithDescription(good, description);

    private string? WithDescription(string file, string description)
    {
        using var scope = TensorScope.Begin();
        using var content = Safetensors.Read(file);
        var path = folder.File("changed.safetensors");
        Safetensors.Write(path, content.Tensors.Select(t => new NamedTensor(t.Key, t.Value)), new Dictionary<string,
            string>
        { [Key] = description });
        return Fault(path);
    }

    private static string? Fault(string path)
    {
        try
        {
            EncoderFile.Read(path).Dispose();
            return null;
        }
        catch (InvalidDataException error)
        {
            Assert.StartsWith($"{path}: ", error.Message, StringComparison.Ordinal);
            return error.Message;
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("{\"Encoder\":{},\"Input\":{}}")]
    [InlineData("{\"Encoder\":null,\"Input\":null}")]
    [InlineData("{\"Options\":null}")]
    [InlineData("{\"Options\":{\"Channels\":1},\"Height\":16}")]
    public void A_description_that_describes_nothing_is_refused_in_words(string description)
    {
        var fault = WithDescription(description);
        Assert.NotNull(fault);
        Assert.DoesNotContain("Object reference", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_field_that_is_missing_or_absurd_is_refused_in_words_or_changes_nothing_that_is_computed() =>
        Assert.InRange(RefusedChanges(good), 100, int.MaxValue);

    [Fact]
    public void So_is_every_field_of_an_encoder_of_the_first_version() =>
        Assert.InRange(RefusedChanges(OfVersion1("cifar10")), 100, int.MaxValue);

    private static string OfVersion1(string name) =>
        Path.Combine(ArchitectureTests.Root(), "results/encoders", name, EncoderFile.FileName);

    /// <summary>How many changes of one field are refused in words; any other exception fails the test.</summary>
    private int RefusedChanges(string file)
    {
        using var content = Safetensors.Read(file);
        var text = content.Metadata[Key];
        Assert.Null(WithDescription(file, text));
        var refused = 0;
        foreach (var path in Paths(JsonNode.Parse(text)!, []))
            foreach (var value in new[] { "-1", "0", "2000000000", "1e300", "\"x\"", "null", "{}", "[]", null })
            {
                var changed = JsonNode.Parse(text)!;
                Change(changed, path, value);
                if (WithDescription(file, changed.ToJsonString()) is not null) refused++;
            }
        return refused;
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("imagewang-96")]
    public void A_file_of_the_first_version_that_is_cut_or_claims_too_much_is_refused_with_its_name(string name)
    {
        var (whole, path) = (File.ReadAllBytes(OfVersion1(name)), folder.File("cut.safetensors"));
        string? With(byte[] bytes)
        {
            File.WriteAllBytes(path, bytes);
            try
            {
                EncoderFile.Read(path).Dispose();
                return null;
            }
            catch (InvalidDataException error)
            {
                return error.Message;
            }
        }
        Assert.Null(With(whole));
        var header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        foreach (var length in new[] { 0, 4, 8, header / 2, header, header + 1, whole.Length / 2, whole.Length - 1 })
            Assert.StartsWith($"{path} is damaged or no safetensors file: ", With(whole[..length]), StringComparison.Ordinal);
        Assert.Contains("extra bytes", With([.. whole, 0]), StringComparison.Ordinal);
        foreach (var claim in new ulong[] { ulong.MaxValue, long.MaxValue, 100_000_001, (ulong)whole.Length, 7, 0 })
        {
            byte[] changed = [.. whole];
            BinaryPrimitives.WriteUInt64LittleEndian(changed, claim);
            Assert.StartsWith($"{path} is damaged or no safetensors file: ", With(changed), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_of_the_first_version_that_have_another_shape_or_are_missing_are_refused_by_name()
    {
        using var scope = TensorScope.Begin();
        using var content = Safetensors.Read(OfVersion1("cifar10"));
        var path = folder.File("shapes.safetensors");
        string? With(IEnumerable<NamedTensor> tensors)
        {
            Safetensors.Write(path, tensors, content.Metadata);
            return Fault(path);
        }
        foreach (var (name, weight) in content.Tensors)
        {
            var others = content.Tensors.Where(t => t.Key != name).Select(t => new NamedTensor(t.Key, t.Value)).ToList();
            Assert.Contains(name, With([.. others, new(name, weight.Flatten().Narrow(0, 0, 1))]), StringComparison.Ordinal);
            Assert.Contains(name, With(others), StringComparison.Ordinal);
        }
    }

    /// <summary>The way to each value: names and numbers.</summary>
    private static IEnumerable<string[]> Paths(JsonNode node, string[] path) => node switch
    {
        JsonObject fields => fields.SelectMany(field => field.Value is null ? [] : Paths(field.Value, [.. path, field.Key])),
        JsonArray items => items.Take(2).SelectMany((item, i) => item is null ? [] : Paths(item, [.. path, $"{i}"])),
        _ => [path],
    };

    private static void Change(JsonNode root, string[] path, string? value)
    {
        var parent = path[..^1].Aggregate(root, (node, step) => node is JsonArray items ? items[int.Parse(step, null)]! : node[step]!);
        if (parent is JsonArray array) array[int.Parse(path[^1], null)] = value is null ? null : JsonNode.Parse(value);
        else if (value is null) parent.AsObject().Remove(path[^1]);
        else parent[path[^1]] = JsonNode.Parse(value);
    }

    [Fact]
    public void Weights_of_whole_numbers_and_such_as_are_none_are_refused_by_name()
    {
        using var scope = TensorScope.Begin();
        using var content = Safetensors.Read(good);
        var (name, weight) = content.Tensors.First();
        string? With(Tensor changed)
        {
            var path = folder.File("weights.safetensors");
            Safetensors.Write(path, content.Tensors.Select(t => new NamedTensor(t.Key, t.Key == name ? changed : t.Value)),
                content.Metadata);
            return Fault(path);
        }
        Assert.Null(With(weight));
        Assert.Contains($"type of {name}: needs Float32, got Int32", With(weight.To(DType.Int32)), StringComparison.Ordinal);
        Assert.Contains($"'{name}' holds NaN or infinity", With(weight / 0.0), StringComparison.Ordinal);
    }
}
