using Foresee.Torch.Layers;

namespace Foresee.Torch.Tests.Layers;

/// <summary>From the same seed come the same numbers as in PyTorch (of the version that wrote the fixtures).</summary>
public sealed class SeedTests
{
    private static readonly Dictionary<string, Func<Generator, Tensor>> Draws = new()
    {
        ["rand"] = g => Tensor.Rand([20], g),
        ["randn"] = g => Tensor.RandN([20], g),
        ["randperm"] = g => Tensor.RandPerm(20, g),
        ["randint"] = g => Tensor.RandInt(3, 9, [20], g),
        ["bernoulli"] = g => Tensor.Empty([20]).Bernoulli_(0.3, g),
        ["kaiming_uniform"] = g => Initialise.KaimingUniform([8, 3, 3, 3], g),
        ["kaiming_normal"] = g => Initialise.KaimingNormal([8, 3, 3, 3], g),
        ["kaiming_normal_out"] = g => Initialise.KaimingNormal([8, 3, 3, 3], g, Initialise.Fan.Out),
        ["xavier_uniform"] = g => Initialise.XavierUniform([8, 6], g, gain: 2),
        ["xavier_normal"] = g => Initialise.XavierNormal([8, 6], g),
        ["truncated_normal"] = g => Initialise.TruncatedNormal([40, 10], 0.02, g),
        ["orthogonal_wide"] = g => Initialise.Orthogonal([4, 3, 2, 2], g),
        ["orthogonal_tall"] = g => Initialise.Orthogonal([9, 4], g, gain: 2),
    };

    public static TheoryData<string> Names => [.. Draws.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_draw_equals_PyTorchs(string name)
    {
        using var fixture = Fixtures.Open("seeds");
        using var scope = TensorScope.Begin();
        using var generator = new Generator(11);
        Fixtures.Equal(fixture.Tensors[name], Draws[name](generator), name);
    }

    [Fact]
    public void New_layers_start_with_PyTorchs_weights()
    {
        using var fixture = Fixtures.Open("seeds");
        using var scope = TensorScope.Begin();
        using Generator one = new(11), two = new(11);
        using Module linear = new Linear(7, 5, bias: true, one), conv = new Conv2d(3, 8, kernel: 3, stride: 1, padding: 0, bias: true, two);
        foreach (var (name, value) in linear.State()) Fixtures.Equal(fixture.Tensors["linear/" + name], value, name);
        foreach (var (name, value) in conv.State()) Fixtures.Equal(fixture.Tensors["conv/" + name], value, name);
    }

    [Fact]
    public void The_default_generators_follow_the_engines_seed()
    {
        using var fixture = Fixtures.Open("seeds");
        using var scope = TensorScope.Begin();
        Engine.Seed(11);
        Fixtures.Equal(fixture.Tensors["rand"], Tensor.Rand([20]), "rand");
    }

    [Fact]
    public void Orthogonal_rows_are_orthonormal()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        var q = Initialise.Orthogonal([4, 3, 2, 2], generator).View(4, 12);
        Fixtures.Equal(Tensor.Invoke("aten::eye", "", 4), q.MatMul(q.T()), "q qT");
    }
}
