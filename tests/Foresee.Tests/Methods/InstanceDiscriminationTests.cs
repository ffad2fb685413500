using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class InstanceDiscriminationTests
{
    private const int Images = 20;

    private static InstanceDiscriminationOptions Small { get; } = new(MethodFixtures.Encoder) { Projection = 8, Noise = 0 };

    private static InstanceDiscrimination Build(InstanceDiscriminationOptions options, Generator generator) =>
        new(options, new(MethodFixtures.Input, generator, Device.Cpu) { Images = Images });

    [Fact]
    public void The_estimated_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("nce", t => NoiseContrast.Of(t["p"].Select(1, 0), t["p"].Narrow(1, 1, 7), 50));

    [Fact]
    public void The_full_softmax_of_orthonormal_rows_has_the_closed_form()
    {
        using var scope = TensorScope.Begin();
        var one = MethodFixtures.Eye(9);
        var (loss, correct) = Choice.Of(one.MatMul(one.T()) / 0.5, Tensor.Arange(9));
        Assert.Equal(Math.Log(1 + 8 * Math.Exp(-2)), loss.ToDouble(), 1e-5);
        Assert.Equal(1, correct.ToDouble(), 1e-6);
    }

    [Fact]
    public void Equal_probabilities_have_the_estimate_of_chance()
    {
        using var scope = TensorScope.Begin();
        const double M = 4096;
        var loss = NoiseContrast.Of(Tensor.Full([3], 1 / 50_000.0), Tensor.Full([3, 4096], 1 / 50_000.0), 50_000).ToDouble();
        Assert.Equal(Math.Log(1 + M) + M * Math.Log(1 + 1 / M), loss, 1e-2);
        Assert.Equal(9.32, loss, 1e-2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Before_learning_the_loss_is_near_that_of_chance_and_the_bank_takes_half_of_what_is_seen_after_the_step(int noise)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = Build(Small with { Noise = noise, Temperature = 1 }, generator);
        var bank = method.Network.Buffers().Single(t => t.Name == "bank.vectors").Value;
        var before = bank.Clone();
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator);
        var loss = method.Loss(inputs);
        Assert.InRange(loss.Total.ToDouble() / loss.ChanceLevel!.Value, 0.8, 1.2);
        Assert.Equal(before.ToArray<float>(), bank.ToArray<float>());
        method.AfterStep(1, 10);
        Assert.Equal(before.Narrow(0, 4, Images - 4).ToArray<float>(), bank.Narrow(0, 4, Images - 4).ToArray<float>());
        Assert.All(bank.Narrow(0, 0, 4).Square().Sum(1).ToArray<float>(), length => Assert.Equal(1, length, 5));
    }

    [Fact]
    public void No_image_is_its_own_noise_and_all_others_are_drawn()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = Build(Small with { Noise = 2000 }, generator);
        var inputs = method.Prepare(Batches.Of(MethodFixtures.Images(3, generator)), generator);
        var drawn = inputs.Tensors[2].ToArray<long>().Chunk(2000).ToList();
        for (var image = 0; image < 3; image++)
            Assert.Equal(Enumerable.Range(0, Images).Where(i => i != image).Select(i => (long)i), drawn[image].Distinct().Order());
    }

    [Fact]
    public void The_normaliser_is_that_of_the_first_batch()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = Build(Small with { Noise = 5 }, generator);
        double Z() => method.Network.Buffers().Single(t => t.Name == "normaliser.z").Value.ToDouble();
        Assert.Equal(0, Z());
        method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator));
        var first = Z();
        Assert.True(first > 0);
        method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(4, generator)), generator));
        Assert.Equal(first, Z());
    }

    [Fact]
    public void Without_knowing_how_many_images_there_are_it_says_so()
    {
        using var generator = new Generator(4);
        Assert.Contains("set MethodContext.Images", Assert.Throws<ArgumentException>(() =>
            new InstanceDiscrimination(Small, new(MethodFixtures.Input, generator, Device.Cpu))).Message, StringComparison.Ordinal);
    }
}
