using System.Text.Json;
using Foresee.Augmentation;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Methods;
using Foresee.Methods.Cpc;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Methods.Cpc;

public sealed class CpcV1Tests
{
    private static CpcV1Options Small { get; } = new()
    {
        Encoder = new(8, 4, new(1, 16, 3, 1, [new(32, 16, 2), new(64, 16, 2)]) { Norm = Norm.None }),
        ContextBottleneckWidth = 16,
        ContextDepth = 2,
    };

    private static InputFormat Input { get; } = new(32, 32, 1) { Mean = [0.3], Std = [0.35] };

    private static Tensor Images(int count, Generator generator) => (Tensor.Rand([count, 1, 32, 32], generator) * 255).To(DType.UInt8);

    [Fact]
    public void The_first_loss_is_chance_in_one_direction_and_five_offsets()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new CpcV1(Small, new(Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(Images(8, generator)), generator));
        var terms = loss.Metrics.Where(metric => metric.Name == Metric.Loss).ToList();
        Assert.Equal([("down", 2), ("down", 3), ("down", 4), ("down", 5), ("down", 6)], terms.Select(term => (term.Series, term.Offset)));
        var chance = Math.Log(8 * 7 * 7);
        Assert.All(terms, term => Assert.InRange(term.Value.ToDouble(), 0.95 * chance, 1.05 * chance));
        Assert.All(terms, term => Assert.Equal(chance, term.ChanceLevel!.Value, 1e-12));
        Assert.Equal(terms.Sum(term => term.Value.ToDouble()), loss.Total.ToDouble(), 1e-4);
        Assert.Equal(5 * chance, loss.ChanceLevel!.Value, 1e-9);
    }

    /// <summary>The loss as eq. 4 of the paper says, patch by patch.</summary>
    [Fact]
    public void The_loss_is_the_papers_equation()
    {
        using var scope = TensorScope.Begin();
        using var noGrad = Autograd.NoGrad();
        const int Batch = 2, Side = 7, Ahead = 3;
        using var generator = new Generator(2);
        using var method = new CpcV1(Small with { Offsets = [Ahead] }, new(Input, generator, Device.Cpu));
        var z = Tensor.RandN([Batch, Side, Side, 64], generator);
        var network = (CpcV1.CpcNetwork)method.Network;
        var context = network.Below.Forward(z.Permute(0, 3, 1, 2)).Permute(0, 2, 3, 1);         // [B, H, W, D]
        var w = network.Below.State().ToDictionary(s => s.Name, s => s.Value);
        double total = 0;
        for (var b = 0; b < Batch; b++)
            for (var i = 0; i + Ahead < Side; i++)
                for (var j = 0; j < Side; j++)
                {
                    var p = w[$"offset{Ahead}.weight"].MatMul(context.Select(0, b).Select(0, i).Select(0, j)) + w[$"offset{Ahead}.bias"];
                    var scores = z.Reshape(-1, 64).MatMul(p).ToArray<float>();
                    total += Math.Log(scores.Sum(s => Math.Exp(s))) - scores[b * Side * Side + (i + Ahead) * Side + j];
                }
        Assert.Equal(total / (Batch * (Side - Ahead) * Side), method.LossOf(z).Total.ToDouble(), 1e-3);
    }

    [Fact]
    public void Learns_to_tell_ten_images_apart()
    {
        using var outer = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new CpcV1(Small with { Augmentation = PatchAugmentation.None, Offsets = [2] },
            new(Input, generator, Device.Cpu));
        var ramp = Tensor.Arange(32).To(DType.Float32);
        var images = (Tensor.Rand([10, 1, 1, 1], generator) * 150 + ramp.Reshape(32, 1) * 2 + ramp).To(DType.UInt8);
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
        Assert.True(last < first - 1.5, $"The loss went from {first} to {last}.");
    }

    [Fact]
    public void ImageNet_is_the_papers_geometry()
    {
        var (options, input) = (CpcV1Options.ImageNet, CpcV1Options.ImageNetInput(0.45, 0.25));
        var (faults, grid, network) = (new List<string>(), options.Encoder.Grid(input), options.Encoder.Network);
        options.Validate(input, faults);
        Assert.Empty(faults);
        Assert.Equal((7, 7, 64), (grid.Rows, grid.Columns, grid.Patch));
        Assert.Equal((1, 1024, Norm.None), (network.Channels, network.Features, network.Norm));
        Assert.Equal((4.0 / 64, 300 - 256, 0.5), (options.Augmentation.Trim, input.Margin, options.Augmentation.FlipImage));
    }

    [Fact]
    public void Faults_are_named_at_once()
    {
        var message = Assert.Throws<ArgumentException>(() =>
        {
            using var generator = new Generator(1);
            return new CpcV1(Small with { Offsets = [1, 7], CandidateImages = 1 }, new(Input, generator, Device.Cpu));
        }).Message;
        Assert.Contains("offset 1 predicts patches that share pixels", message, StringComparison.Ordinal);
        Assert.Contains("offset 7 leaves the grid of 7 x 7", message, StringComparison.Ordinal);
        Assert.Contains("at least 2, got 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_in_a_file_are_of_the_method_that_they_name()
    {
        MethodOptions first = Small, second = CpcV2Tests.Small;
        Assert.IsType<CpcV1Options>(JsonSerializer.Deserialize<MethodOptions>(JsonSerializer.Serialize(first)));
        var text = JsonSerializer.Serialize(second);
        Assert.IsType<CpcV2Options>(JsonSerializer.Deserialize<MethodOptions>(text));
        Assert.Contains("\"name\":\"cpc-v2\"", text, StringComparison.Ordinal);
        var error = Assert.Throws<JsonException>(() =>
            JsonSerializer.Deserialize<MethodOptions>(text.Replace("cpc-v2", "cpc-v3", StringComparison.Ordinal)));
        Assert.Contains("cpc-v3", error.Message, StringComparison.Ordinal);
    }
}
