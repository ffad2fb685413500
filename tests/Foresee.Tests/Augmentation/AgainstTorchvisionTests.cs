using Foresee.Augmentation;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Augmentation;

/// <summary>Every change with a fixed amount, against values that torchvision and PIL computed (tests/fixtures/make_augmentation_fixtures.py).</summary>
public sealed class AgainstTorchvisionTests : IDisposable
{
    private const double Level = 1.0 / 255;

    private readonly TensorScope scope = TensorScope.Begin();
    private readonly IReadOnlyDictionary<string, Tensor> fixtures = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "augmentation.safetensors")).Tensors;

    public void Dispose() => scope.Dispose();

    [Theory]
    [InlineData(0.3f)]
    [InlineData(1.6f)]
    public void Changes_by_a_factor_are_theirs(float factor)
    {
        Check("brightness", factor, patch => Brightness.Apply(patch, factor));
        Check("contrast", factor, patch => Contrast.Apply(patch, factor), 1e-4); // torchvision's shares of grey add up to 0.9999
        Check("sharpness", factor, patch => Sharpness.Apply(patch, factor));
        Check("gamma", factor, patch => Gamma.Apply(patch, factor), pil: false);
    }

    [Theory]
    [InlineData(0.4f)]
    [InlineData(0.9f)]
    public void Blur_is_torchvision_s(float deviation) => Check("blur", deviation, patch => Blur.Apply(patch, deviation), pil: false);

    [Fact]
    public void The_negative_is_theirs() => Check("invert", 1, Invert.Apply);

    /// <summary>torchvision's tensors within float precision, PIL's 8-bit images within two levels: it rounds more than once.</summary>
    private void Check(string name, float amount, Made.Change change, double tolerance = 2e-6, bool pil = true)
    {
        foreach (var (kind, channels) in new[] { ("rgb", 3), ("grey", 1) })
        {
            var actual = Made.After(fixtures[kind].ToArray<float>(), channels, change, ValueRange.Unit);
            Made.Near(Fixture($"{kind} {name} {amount}"), actual, tolerance, $"{kind} {name}");
            if (pil) Made.Near(Fixture($"{kind} pil-{name} {amount}"), actual, 2 * Level, $"{kind} pil-{name}");
        }
    }

    private float[] Fixture(string name) => fixtures[name].ToArray<float>();
}
