using System.Text.Json;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods;

public sealed class SimSiamTests
{
    private static readonly InputFormat Input = new(32, 32, 3) { Mean = [0.5, 0.5, 0.5], Std = [0.25, 0.25, 0.25] };

    private static SimSiamOptions Small { get; } = new(new ConvEncoderOptions(8, [1, 1], ResidualOrder.PreActivation, ConvStem.Small))
    {
        Projection = 32,
        BottleneckWidth = 16,
    };

    private static Tensor Images(int count, Generator generator) => (Tensor.Rand([count, 3, 32, 32], generator) * 255).To(DType.UInt8);

    [Fact]
    public void The_first_loss_is_near_0_and_the_output_points_everywhere()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new SimSiam(Small, new(Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(Images(32, generator)), generator));
        Assert.InRange(loss.Total.ToDouble(), -0.5, 0.5);
        var spread = Assert.Single(loss.Metrics);
        Assert.Equal(("output std", 1 / Math.Sqrt(32)), (spread.Name, spread.ChanceLevel!.Value));
        Assert.InRange(spread.Value.ToDouble() * Math.Sqrt(32), 0.7, 1.01);
    }

    /// <summary>By the equation, number by number.</summary>
    [Fact]
    public void The_negative_cosine_is_that_of_a_slow_loop()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        Tensor p = Tensor.RandN([4, 6], generator), z = Tensor.RandN([4, 6], generator);
        float[] a = p.ToArray<float>(), b = z.ToArray<float>();
        var expected = 0.0;
        for (var row = 0; row < 4; row++)
        {
            double dot = 0, lengthA = 0, lengthB = 0;
            for (var i = row * 6; i < row * 6 + 6; i++)
                (dot, lengthA, lengthB) = (dot + a[i] * b[i], lengthA + a[i] * a[i], lengthB + b[i] * b[i]);
            expected -= dot / Math.Sqrt(lengthA * lengthB) / 4;
        }
        Assert.Equal(expected, NegativeCosine.Of(p, z).ToDouble(), 1e-6);
        Assert.Equal(-1, NegativeCosine.Of(p, p * 3).ToDouble(), 1e-6);
    }

    /// <summary>The root of 0 has no slope.</summary>
    [Fact]
    public void A_vector_of_zeros_gives_no_gradient_that_is_not_a_number()
    {
        using var scope = TensorScope.Begin();
        var x = Tensor.Zeros([2, 3]);
        x.RequiresGrad = true;
        var gradient = Autograd.Gradients([NegativeCosine.Of(x, Tensor.Ones([2, 3]))], [x])[0]!;
        Assert.All(gradient.ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void No_gradient_goes_into_the_other_views_projection_and_none_is_left_where_both_are_parallel()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        Tensor p = Tensor.RandN([4, 6], generator), z = Tensor.RandN([4, 6], generator);
        (p.RequiresGrad, z.RequiresGrad) = (true, true);
        NegativeCosine.Of(p, z.Detach()).Backward();
        Assert.Null(z.Grad);
        Assert.True(p.Grad!.Abs().Max().ToDouble() > 1e-3);
        var parallel = (z.Detach() * 2).Clone();
        parallel.RequiresGrad = true;
        NegativeCosine.Of(parallel, z.Detach()).Backward();
        Assert.Equal(0, parallel.Grad!.Abs().Max().ToDouble(), 1e-6);
    }

    [Fact]
    public void It_learns_to_give_two_views_of_an_image_one_direction_without_collapse()
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(4);
        using var method = new SimSiam(Small, new(Input, generator, Device.Cpu, Threads: 2));
        using var optimiser = new OptimiserOptions(OptimiserKind.Sgd, 0.05).Build(method.Network.Parameters());
        var (losses, spread, pixels) = (new List<double>(), 0.0, Colours(generator));
        for (var step = 0; step < 60; step++)
        {
            using var scope = TensorScope.Begin();
            optimiser.ZeroGrad();
            var loss = method.Loss(method.Prepare(Batches.Of(pixels), generator));
            loss.Total.Backward();
            optimiser.Step();
            losses.Add(loss.Total.ToDouble());
            spread = loss.Metrics[0].Value.ToDouble() * Math.Sqrt(32);
        }
        Assert.True(losses[^10..].Average() < losses[..3].Average() - 0.2, $"The loss went from {losses[0]} to {losses[^1]}.");
        Assert.True(spread > 0.5, $"The output's std is {spread} of 1/sqrt(d).");
    }

    /// <summary>16 images of stripes, each of its own width, direction and colour.</summary>
    private static Tensor Colours(Generator generator)
    {
        var line = Tensor.Arange(32).To(DType.Float32);
        return (Tensor.Stack([.. Enumerable.Range(0, 16).Select(i =>
        {
            var stripes = ((i % 2 == 0 ? line.Reshape(32, 1).Expand(32, 32) : line.Reshape(1, 32).Expand(32, 32)) * (0.2 + 0.1 * i)).Relu();
            var wave = Tensor.Invoke("aten::sin", "", stripes) / 2 + 0.5;
            return wave * Tensor.Rand([3, 1, 1], generator);
        })]) * 255).To(DType.UInt8);
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(5);
        using var method = new SimSiam(Small, new(Input, generator, Device.Cpu));
        using var optimiser = new OptimiserOptions(OptimiserKind.Sgd, 0.05).Build(method.Network.Parameters());
        var images = Images(8, generator);
        void Step()
        {
            using var scope = TensorScope.Begin();
            optimiser.ZeroGrad();
            method.Loss(method.Prepare(Batches.Of(images), generator)).Total.Backward();
            optimiser.Step();
        }
        Step();
        optimiser.ZeroGrad();
        var before = LivingTensors.Settled();
        for (var i = 0; i < 3; i++) Step();
        optimiser.ZeroGrad();
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Its_settings_survive_a_file_under_its_name()
    {
        MethodOptions options = SimSiamOptions.For(new("folder", 100, new(96, 96, 3)));
        var text = JsonSerializer.Serialize(options);
        Assert.Contains("\"name\":\"simsiam\"", text, StringComparison.Ordinal);
        Assert.Equal(options, JsonSerializer.Deserialize<MethodOptions>(text));
        Assert.Equal("simsiam", options.Name);
    }

    [Fact]
    public void Faults_are_named_at_once()
    {
        using var generator = new Generator(6);
        var message = Assert.Throws<ArgumentException>(() =>
            new SimSiam(Small with { Projection = 0, Augmentation = new() { Jitter = 2 } }, new(Input, generator, Device.Cpu))).Message;
        Assert.Contains("jitter must lie in 0..1, got 2", message, StringComparison.Ordinal);
        Assert.Contains("projection", message, StringComparison.Ordinal);
    }
}
