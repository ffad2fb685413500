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
    private string? WithDescription(string description)
    {
        using var scope = TensorScope.Begin();
        using var content = Safetensors.Read(good);
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
    public void Every_field_that_is_missing_or_absurd_is_refused_in_words_or_changes_nothing_that_is_computed()
    {
        using var content = Safetensors.Read(good);
        var text = content.Metadata[Key];
        var refused = 0;
        foreach (var path in Paths(JsonNode.Parse(text)!, []))
            foreach (var value in new[] { "-1", "0", "2000000000", "1e300", "\"x\"", "null", "{}", "[]", null })
            {
                var changed = JsonNode.Parse(text)!;
                Change(changed, path, value);
                if (WithDescription(changed.ToJsonString()) is not null) refused++; // any other exception fails the test
            }
        Assert.True(refused > 100, $"only {refused} changes were refused");
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
