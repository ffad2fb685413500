using Foresee.Augmentation;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods.Cpc;

public sealed class CpcV2Tests
{
    internal static CpcV2Options Small { get; } = new()
    {
        Encoder = new(8, 4, new(1, 16, 3, 1, [new(32, 16, 2), new(64, 16, 2)])),
        ContextBottleneckWidth = 16,
        ContextDepth = 2,
        TargetSize = 32,
    };

    internal static InputFormat Input { get; } = new(28, 28, 1) { Mean = [0.3], Std = [0.35] };

    private static Tensor Images(int count, Generator generator) => (Tensor.Rand([count, 1, 28, 28], generator) * 255).To(DType.UInt8);

    [Fact]
    public void The_first_loss_is_chance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new CpcV2(Small, new(Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(Images(8, generator)), generator));
        var terms = loss.Metrics.Where(metric => metric.Name == Metric.Loss).ToList();
        Assert.Equal(4 * 3, terms.Count);
        var chance = Math.Log(8 * 6 * 6);
        foreach (var term in terms)
        {
            Assert.Equal(chance, term.ChanceLevel!.Value, 1e-12);
            Assert.InRange(term.Value.ToDouble(), 0.95 * chance, 1.05 * chance);
        }
        Assert.Equal(terms.Sum(term => term.Value.ToDouble()), loss.Total.ToDouble(), 1e-4);
    }

    [Fact]
    public void The_mean_of_the_terms_is_a_share_of_their_sum()
    {
        using var scope = TensorScope.Begin();
        using Generator first = new(1), second = new(1);
        using CpcV2 sum = new(Small, new(Input, first, Device.Cpu)),
            mean = new(Small with { Reduction = TermReduction.Mean }, new(Input, second, Device.Cpu));
        var patches = sum.Prepare(Batches.Of(Images(8, first)), first);
        Assert.Equal(sum.Loss(patches).Total.ToDouble() / 12, mean.Loss(patches).Total.ToDouble(), 1e-5);
    }

    /// <summary>
    /// Every position of a 4 x 4 grid holds its own one-hot vector; the context passes it on, and a predictor that maps the
    /// vector of a position to the target of the position k ahead has no loss only if the labels are the true ones.
    /// </summary>
    [Theory]
    [InlineData(Direction.Down, 1, 0)]
    [InlineData(Direction.Up, -1, 0)]
    [InlineData(Direction.Right, 0, 1)]
    [InlineData(Direction.Left, 0, -1)]
    public void Labels_name_the_patch_k_ahead_in_the_same_line(Direction direction, int down, int right)
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        const int Batch = 2, Side = 4, Cells = Batch * Side * Side, Ahead = 2;
        using var generator = new Generator(2);
        using var method = new CpcV2(Small with
        {
            Encoder = new(8, 4, new(1, 4, 3, 1, [new(Cells, 4)])),
            Directions = [direction],
            Offsets = [Ahead],
            TargetSize = Cells,
            Scale = 1,
        }, new(Input with { Height = 20, Width = 20 }, generator, Device.Cpu));
        var weights = method.Network.State().ToDictionary(t => t.Name, t => t.Value);
        foreach (var (name, weight) in weights)
            if (name.Contains("context", StringComparison.Ordinal) || name.EndsWith("bias", StringComparison.Ordinal)) weight.Zero_();
        var identity = Tensor.Zeros([Cells, Cells]);
        var predictor = Tensor.Zeros([Cells, Cells]);
        for (var cell = 0; cell < Cells; cell++)
        {
            identity.Data<float>()[cell * Cells + cell] = 1;
            var (image, row, column) = (cell / (Side * Side), cell / Side % Side + Ahead * down, cell % Side + Ahead * right);
            if (row is < 0 or >= Side || column is < 0 or >= Side) continue;
            predictor.Data<float>()[(image * Side * Side + row * Side + column) * Cells + cell] = 50; // [target, context]
        }
        weights["target.weight"].Copy_(identity);
        weights[$"{direction.ToString().ToLowerInvariant()}.offset{Ahead}.weight"].Copy_(predictor);
        var loss = method.LossOf(identity.Reshape(Batch, Side, Side, Cells));
        Assert.Equal(0, Assert.Single(loss.Metrics, metric => metric.Name == Metric.Loss).Value.ToDouble(), 1e-5);
        Assert.Equal(1, Assert.Single(loss.Metrics, metric => metric.Name == Metric.Accuracy).Value.ToDouble());
    }

    [Fact]
    public void Learns_to_tell_ten_images_apart()
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new CpcV2(Small with { Augmentation = PatchAugmentation.None, Directions = [Direction.Down], Offsets = [2] },
            new(Input, generator, Device.Cpu));
        // Each image has its own brightness, and a ramp tells its rows and columns apart.
        var ramp = Tensor.Arange(28).To(DType.Float32);
        var images = (Tensor.Rand([10, 1, 1, 1], generator) * 150 + ramp.Reshape(28, 1) * 2 + ramp).To(DType.UInt8);
        using var optimiser = new Adam(method.Network.Parameters(), 3e-3);
        double first = 0, last = 0;
        for (var step = 0; step < 160; step++)
        {
            using var scope = TensorScope.Begin();
            optimiser.ZeroGrad();
            var loss = method.Loss(method.Prepare(Batches.Of(images), generator)).Total;
            loss.Backward();
            optimiser.Step();
            last = loss.ToDouble();
            if (step == 0) first = last;
        }
        Assert.InRange(first, 0.95 * Math.Log(360), 1.05 * Math.Log(360));
        Assert.True(last < first - 1.5, $"The loss went from {first} to {last}.");
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(4);
        using var method = new CpcV2(Small, new(Input, generator, Device.Cpu));
        using var optimiser = new Adam(method.Network.Parameters(), 1e-3);
        var images = Images(4, generator);
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
        for (var i = 0; i < 5; i++) Step();
        optimiser.ZeroGrad();
        Assert.Equal(before, Tensor.Living);
    }

    [Fact]
    public void Offsets_that_share_pixels_or_leave_the_grid_are_refused_together()
    {
        var error = Assert.Throws<ArgumentException>(() =>
        {
            using var generator = new Generator(1);
            return new CpcV2(Small with { Offsets = [1, 6] }, new(Input, generator, Device.Cpu));
        });
        Assert.Contains("offset 1 predicts patches that share pixels", error.Message, StringComparison.Ordinal);
        Assert.Contains("offset 6 leaves the grid", error.Message, StringComparison.Ordinal);
    }
}
