using Foresee.Images;
using Foresee.Losses;
using Foresee.Methods;
using Foresee.Torch;

namespace Foresee.Tests.Methods;

public sealed class RotationTests
{
    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("rotation",
        t => TurnChoice.Of(TurnChoice.Copies(t["x"]).Flatten(1).MatMul(t["weight"].T())).Loss);

    [Fact]
    public void Turns_are_PyTorchs_and_four_of_them_the_identity()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var x = Tensor.Rand([2, 3, 5, 5], generator);
        for (var k = 0; k < 4; k++)
        {
            var expected = Tensor.Invoke("aten::rot90", "", x, k, new long[] { 2, 3 }).ToArray<float>();
            Assert.Equal(expected, TurnChoice.Turned(x, k).ToArray<float>());
        }
        var back = x;
        for (var k = 0; k < 4; k++) back = TurnChoice.Turned(back, 1);
        Assert.Equal(x.ToArray<float>(), back.ToArray<float>());
    }

    [Fact]
    public void No_scores_beat_chance_on_images_that_look_the_same_when_turned()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var x = Tensor.RandN([6, 2, 4, 4], generator);
        var same = Enumerable.Range(0, 4).Select(k => TurnChoice.Turned(x, k)).Aggregate((a, b) => a + b);
        for (var trial = 0; trial < 20; trial++)
        {
            var weight = Tensor.RandN([32, 4], generator);
            var (loss, correct) = TurnChoice.Of(TurnChoice.Copies(same).Flatten(1).MatMul(weight));
            Assert.InRange(loss.ToDouble(), Math.Log(4) - 1e-5, double.MaxValue);
            Assert.Equal(0.25, correct.ToDouble(), 1e-6);
        }
    }

    [Fact]
    public void Before_learning_the_loss_is_near_ln_4()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new Rotation(new(MethodFixtures.Encoder), new(MethodFixtures.Input, generator, Device.Cpu));
        var loss = method.Loss(method.Prepare(Batches.Of(MethodFixtures.Images(8, generator)), generator));
        Assert.Equal(Math.Log(4), loss.ChanceLevel!.Value, 1e-12);
        Assert.InRange(loss.Total.ToDouble(), Math.Log(4) - 0.2, Math.Log(4) + 0.4);
    }

    [Fact]
    public void Images_without_an_upside_are_warned_of()
    {
        var input = MethodFixtures.Input;
        Assert.Contains("no upside", Assert.Single(RotationOptions.For(new("folder", 100, input) { Upright = false }).Remarks(input)),
            StringComparison.Ordinal);
        Assert.Empty(RotationOptions.For(new("folder", 100, input)).Remarks(input));
    }

    [Fact]
    public void What_makes_the_question_meaningless_is_refused()
    {
        var faults = new List<string>();
        var options = new RotationOptions(MethodFixtures.Encoder) { Augmentation = new() { VerticalFlip = 0.5 } };
        options.Validate(new InputFormat(32, 40, 3), faults);
        Assert.Collection(faults, fault => Assert.Contains("set quarter turns and vertical flip to 0", fault, StringComparison.Ordinal),
            fault => Assert.Contains("square, got 32 x 40 px", fault, StringComparison.Ordinal));
    }
}
