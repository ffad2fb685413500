using Foresee.Torch.Files;

namespace Foresee.Torch.Tests;

/// <summary>Tensors that PyTorch wrote (tests/fixtures/make_fixtures.py).</summary>
internal static class Fixtures
{
    public static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "fixtures", file);

    public static SafetensorsContent Open(string name) => Safetensors.Read(Path(name + ".safetensors"));

    /// <summary>The entries below a name such as "conv/state/", without it.</summary>
    public static Dictionary<string, Tensor> Below(this SafetensorsContent content, string prefix) =>
        content.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[prefix.Length..], t => t.Value);

    /// <summary>Same shape, and every element within tolerance · max(1, |expected|).</summary>
    public static void Equal(Tensor expected, Tensor actual, string what, double tolerance = 1e-5)
    {
        Assert.True(expected.Shape.SequenceEqual(actual.Shape), $"{what}: expected {expected}, got {actual}");
        var (a, b) = (expected.ToArray<double>(), actual.ToArray<double>());
        for (var i = 0; i < a.Length; i++)
            Assert.True(Math.Abs(a[i] - b[i]) <= tolerance * Math.Max(1, Math.Abs(a[i])), $"{what}[{i}]: expected {a[i]}, got {b[i]}");
    }
}
