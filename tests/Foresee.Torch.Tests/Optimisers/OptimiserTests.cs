using Foresee.Torch.Files;
using Foresee.Torch.Layers;
using Foresee.Torch.Optimisers;

namespace Foresee.Torch.Tests.Optimisers;

public sealed class OptimiserTests
{
    private static readonly string[] ParameterNames = ["conv.weight", "linear.weight", "linear.bias"];

    private static readonly Dictionary<string, Func<NamedTensor[], IOptimiser>> Cases = new()
    {
        ["sgd"] = p => new Sgd(p, 0.1),
        ["sgd_decay"] = p => new Sgd(p, 0.1, weightDecay: 0.05),
        ["sgd_momentum"] = p => new Sgd(p, 0.1, momentum: 0.9, weightDecay: 0.01),
        ["sgd_nesterov"] = p => new Sgd(p, 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01),
        ["adam"] = p => new Adam(p, 0.01),
        ["adam_decay"] = p => new Adam(p, 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weightDecay: 0.1),
        ["adamw"] = p => new AdamW(p, 0.01, beta1: 0.9, beta2: 0.99, weightDecay: 0.1),
        ["lars"] = p => new Lars(p, 0.5, momentum: 0.9, weightDecay: 0.01, trust: 0.02),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    private static NamedTensor[] Parameters(SafetensorsContent fixture, string from = "start") => Array.ConvertAll(ParameterNames, name =>
    {
        var value = fixture.Tensors[$"{from}/{name}"].Clone();
        if (value.Dimensions == 4) value = value.To(MemoryFormat.ChannelsLast).Detach(); // as Conv2d keeps its weights
        value.RequiresGrad = true;
        return new NamedTensor(name, value);
    });

    private static void GiveGradients(SafetensorsContent fixture, NamedTensor[] parameters, int step)
    {
        foreach (var (name, value) in parameters)
            value.Grad = fixture.Tensors.TryGetValue($"gradient/{step}/{name}", out var gradient) ? gradient.Clone() : null;
    }

    private static void Step(SafetensorsContent fixture, NamedTensor[] parameters, IOptimiser optimiser, int step)
    {
        if (step == 4) optimiser.LearningRate /= 2;
        GiveGradients(fixture, parameters, step);
        optimiser.Step();
    }

    [Theory, MemberData(nameof(Names))]
    public void Six_steps_equal_PyTorchs(string name)
    {
        using var fixture = Fixtures.Open("optimisers");
        using var scope = TensorScope.Begin();
        var parameters = Parameters(fixture);
        using var optimiser = Cases[name](parameters);
        for (var step = 0; step < 6; step++)
        {
            Step(fixture, parameters, optimiser, step);
            foreach (var parameter in parameters)
                Fixtures.Equal(fixture.Tensors[$"{name}/{step}/{parameter.Name}"], parameter.Value, $"step {step} {parameter.Name}");
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void A_saved_and_loaded_optimiser_goes_on_exactly(string name)
    {
        using var fixture = Fixtures.Open("optimisers");
        using var scope = TensorScope.Begin();
        var parameters = Parameters(fixture);
        using var first = Cases[name](parameters);
        for (var step = 0; step < 4; step++) Step(fixture, parameters, first, step);
        var copies = Array.ConvertAll(parameters, p => p with { Value = p.Value.Clone().Detach() });
        using var second = Cases[name](copies);
        second.Load(first.State().ToDictionary(s => s.Key, s => s.Value.Clone()));
        for (var step = 4; step < 6; step++)
        {
            Step(fixture, parameters, first, step);
            Step(fixture, copies, second, step);
        }
        foreach (var (a, b) in parameters.Zip(copies)) Assert.Equal(a.Value.ToArray<float>(), b.Value.ToArray<float>());
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(100)]
    public void Clipping_equals_PyTorchs(double maximum)
    {
        using var fixture = Fixtures.Open("optimisers");
        using var scope = TensorScope.Begin();
        var parameters = Parameters(fixture);
        GiveGradients(fixture, parameters, 0);
        Assert.Equal(fixture.Tensors[$"clip_{maximum}/norm"].ToDouble(), GradientNorm.Clip(parameters, maximum), 5);
        foreach (var (name, value) in parameters) Fixtures.Equal(fixture.Tensors[$"clip_{maximum}/{name}"], value.Grad!, name);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_reported_and_left_alone()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        x.Grad = Tensor.From([float.NaN, 1f]);
        Assert.True(double.IsNaN(GradientNorm.Clip([new("x", x)], 0.1)));
        Assert.Equal(1, x.Grad!.ToArray<float>()[1]);
    }

    [Fact]
    public void A_weight_average_equals_PyTorchs_and_swaps_in_and_out()
    {
        using var fixture = Fixtures.Open("optimisers");
        using var scope = TensorScope.Begin();
        var parameters = Parameters(fixture);
        using var average = new WeightAverage(parameters, 0.8);
        using (Autograd.NoGrad())
            for (var step = 0; step < 3; step++)
            {
                foreach (var (name, value) in parameters) value.Copy_(fixture.Tensors[$"adam/{step}/{name}"]);
                average.Update();
            }
        using (average.SwapIn())
        {
            foreach (var (name, value) in parameters) Fixtures.Equal(fixture.Tensors["average/" + name], value, name);
            Assert.Contains("swapped in", Assert.Throws<InvalidOperationException>(average.Update).Message, StringComparison.Ordinal);
        }
        foreach (var (name, value) in parameters) Assert.Equal(fixture.Tensors["adam/2/" + name].ToArray<float>(), value.ToArray<float>());
        foreach (var (name, value) in average.State()) Fixtures.Equal(fixture.Tensors["average/" + name], value, name);
    }

    [Fact]
    public void A_ramped_average_of_a_short_run_is_that_of_a_slow_loop_and_forgets_its_start()
    {
        using var scope = TensorScope.Begin();
        var weight = Tensor.From([1000f]);
        using var average = new WeightAverage([new("w", weight)], 0.9999);
        var expected = 1000.0;
        for (var step = 1; step <= 200; step++)
        {
            weight.Fill_(step);
            average.Update(step);
            var decay = Math.Min(0.9999, (1.0 + step) / (10.0 + step));
            expected = decay * expected + (1 - decay) * step;
        }
        Assert.Equal(expected, average.State()["w"].ToArray<float>()[0], 1e-3 * expected);
        Assert.InRange(expected, 150, 200); // with the plain decay it would be 980
    }

    [Fact]
    public void A_state_of_another_network_is_refused()
    {
        using var scope = TensorScope.Begin();
        using var one = new Adam([new("a", Tensor.Ones([2]))], 0.1);
        using var two = new Adam([new("b", Tensor.Ones([2]))], 0.1);
        Assert.Contains("missing: exp_avg.a", Assert.Throws<ArgumentException>(() => one.Load(two.State())).Message,
            StringComparison.Ordinal);
    }
}
