using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Methods;

/// <summary>What PyTorch computed from the formulas (make_method_fixtures.py), and what small networks are built from.</summary>
internal static class MethodFixtures
{
    public const double Tolerance = 1e-5;

    public static InputFormat Input { get; } = new(32, 32, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };

    public static ConvEncoderOptions Encoder { get; } = new(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Small);

    public static Tensor Images(int count, Generator generator) => (Tensor.Rand([count, 3, 32, 32], generator) * 255).To(DType.UInt8);

    public static Tensor Eye(int size) => Tensor.Invoke("aten::eye", "", size);

    /// <summary>Compares a loss and its gradients with PyTorch's.</summary>
    /// <param name="method">What the entries' names begin with.</param>
    /// <param name="loss">From the entries by their names; those with a gradient require one.</param>
    /// <param name="from">The file's name.</param>
    public static void Compare(string method, Func<IReadOnlyDictionary<string, Tensor>, Tensor> loss, string from = "methods")
    {
        using var scope = TensorScope.Begin();
        using var file = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", $"{from}.safetensors"));
        var truth = file.Tensors.Where(t => t.Key.StartsWith(method + "/", StringComparison.Ordinal))
            .ToDictionary(t => t.Key[(method.Length + 1)..], t => t.Value.Clone());
        string[] learning = [.. truth.Keys.Where(name => truth.ContainsKey("d" + name))];
        Assert.NotEmpty(learning);
        foreach (var name in learning) truth[name].RequiresGrad = true;
        var value = loss(truth);
        Assert.Equal(truth["loss"].ToDouble(), value.ToDouble(), Tolerance * Math.Max(1, Math.Abs(truth["loss"].ToDouble())));
        value.Backward();
        foreach (var name in learning)
        {
            var largest = Math.Max(1, truth["d" + name].Abs().Max().ToDouble());
            Assert.InRange((truth[name].Grad! - truth["d" + name]).Abs().Max().ToDouble(), 0, Tolerance * largest);
        }
    }
}
