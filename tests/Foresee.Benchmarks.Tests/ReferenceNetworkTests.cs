using System.Text.RegularExpressions;
using Foresee.Augmentation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Files;
using Foresee.Torch.Layers;

namespace Foresee.Benchmarks.Tests;

/// <summary>
/// The network that `benchmarks/run train` times, at its own size, against PyTorch: tests/fixtures/make_reference_network.py has the
/// same weights and pixels from the same formula.
/// </summary>
public sealed class ReferenceNetworkTests
{
    private const int Batch = 4;

    [Fact]
    public void Losses_and_gradients_equal_PyTorchs()
    {
        using var fixture = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures/reference-network.safetensors"));
        using var scope = TensorScope.Begin();
        using var generator = new Generator(0);
        using var method = new CpcV2(TrainingBenchmark.ReferenceMethod with { Augmentation = PatchAugmentation.None },
            new(TrainingBenchmark.ReferenceInput, generator, Device.Cpu));
        var names = method.Network.State().Select(tensor => tensor.Name).Order(StringComparer.Ordinal).ToList();
        method.Network.Load(
            method.Network.State().ToDictionary(tensor => tensor.Name, tensor => Weight(tensor, names.IndexOf(tensor.Name))));
        using var images = new ImageBatch(Array.ConvertAll(Scattered(Batch * 28 * 28, seed: 1000), x => (byte)(x % 256)),
            new(28, 28, 1), [.. Enumerable.Range(0, Batch)]);

        var loss = method.Loss(method.Prepare(images, generator));
        loss.Total.Backward();
        var terms = loss.Metrics.Where(metric => metric.Name == Metric.Loss).ToList();

        var expected = fixture.Tensors["terms"].ToArray<float>();
        Assert.Equal(expected.Length, terms.Count);
        for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], terms[i].Value.ToDouble(), 1e-4 * expected[i]);
        foreach (var (name, weight) in method.Network.Parameters())
        {
            var norm = fixture.Tensors[$"norm/{name}"].ToDouble();
            var found = weight.Grad!.Norm().ToDouble();
            Assert.True(Math.Abs(norm - found) <= 1e-3 * norm + 1e-6, $"{name}: the gradient's norm should be {norm}, got {found}");
        }
    }

    private static Tensor Weight(NamedTensor tensor, int seed)
    {
        var shape = tensor.Value.Shape;
        var bound = shape.Length > 1 ? 1 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b)) : 0.1;
        if (Regex.IsMatch(tensor.Name, @"^target|\.offset")) bound *= 8;
        var isNorm = tensor.Name.Contains("norm", StringComparison.Ordinal);
        var centre = isNorm && tensor.Name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
        var width = isNorm ? 0.5 : bound;
        var scattered = Scattered((int)tensor.Value.Elements, (uint)seed);
        return Tensor.From(Array.ConvertAll(scattered, x => (float)(centre + (x / Math.Pow(2, 31) - 1) * width)), shape);
    }

    private static uint[] Scattered(int count, uint seed) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var x = unchecked((uint)i * 0x9E3779B9 + seed * 0x85EBCA6B);
        x = unchecked((x ^ x >> 16) * 0x7FEB352D);
        x = unchecked((x ^ x >> 15) * 0x846CA68B);
        return x ^ x >> 16;
    })];
}
