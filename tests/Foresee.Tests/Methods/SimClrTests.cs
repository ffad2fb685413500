using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class SimClrTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("simclr", t =>
    {
        var (loss, correct) = NtXent.Of(t["z"], 0.5);
        Assert.Equal(t["correct"].ToDouble(), correct.ToDouble(), MethodFixtures.Tolerance);
        return loss;
    });

    [Theory]
    [InlineData(2, 0.5, 0.2395)]
    [InlineData(8, 0.1, null)]
    public void Identical_orthonormal_pairs_have_the_loss_of_the_closed_form(int pairs, double temperature, double? known)
    {
        using var scope = TensorScope.Begin();
        var one = MethodFixtures.Eye(pairs);
        var (loss, correct) = NtXent.Of(Tensor.Cat([one, one]), temperature);
        Assert.Equal(Math.Log(1 + (2 * pairs - 2) * Math.Exp(-1 / temperature)), loss.ToDouble(), 1e-5);
        if (known is { } value) Assert.Equal(value, loss.ToDouble(), 1e-4);
        Assert.Equal(1, correct.ToDouble(), 1e-6);
    }

    [Fact]
    public void One_vector_for_all_images_has_the_loss_and_the_accuracy_of_chance()
    {
        using var scope = TensorScope.Begin();
        var (loss, correct) = NtXent.Of(Tensor.Ones([16, 4]), 0.2);
        Assert.Equal(Math.Log(15), loss.ToDouble(), 1e-5);
        Assert.Equal(1.0 / 15, correct.ToDouble(), 1e-5);
    }

    [Fact]
    public void Swapping_the_views_changes_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        Tensor first = Tensor.RandN([6, 5], generator), second = Tensor.RandN([6, 5], generator);
        var (there, back) = (NtXent.Of(Tensor.Cat([first, second]), 0.3), NtXent.Of(Tensor.Cat([second, first]), 0.3));
        Assert.Equal(there.Loss.ToDouble(), back.Loss.ToDouble(), 1e-6);
    }

    [Fact]
    public void Before_learning_the_loss_is_near_that_of_chance()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        using var method = new SimClr(new(MethodFixtures.Encoder) { HeadWidth = 32, Projection = 16 },
            new(MethodFixtures.Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(16, generator)), generator));
        Assert.Equal(Math.Log(31), loss.ChanceLevel!.Value, 1e-9);
        Assert.InRange(loss.Total.ToDouble(), 0.8 * Math.Log(31), 1.2 * Math.Log(31));
    }
}
