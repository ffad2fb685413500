using Foresee.Encoders;
using Foresee.Methods.Video;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Video;

public sealed class CopyColoursTests
{
    private static CopyColoursOptions Options { get; } = new(ClipTraining.Encoder) { Colours = 8 };

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() => MethodFixtures.Compare("copycolours", t =>
        CopyColours.Of(CopyColours.Copied(t["f"], t["classes"], 4), t["classes"].Select(1, 3), t["counted"]), "video");

    [Fact]
    public void What_a_cell_takes_of_the_earlier_ones_sums_to_1()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var shares = CopyColours.Shares(Tensor.RandN([2, 4, 6, 3], generator));
        Assert.Equal([2, 6, 18], shares.Shape);
        Assert.All(shares.Sum(2).ToArray<float>(), sum => Assert.Equal(1, sum, 1e-5));
    }

    [Fact]
    public void A_frame_like_the_one_before_is_copied_exactly()
    {
        using var scope = TensorScope.Begin();
        var f = (MethodFixtures.Eye(5) * 30.0).View(1, 1, 5, 5).Expand(1, 2, 5, 5);           // large, and at right angles to each other
        var classes = Tensor.From<long>([3, 0, 2, 3, 1, 3, 0, 2, 3, 1], 1, 2, 5);
        var p = CopyColours.Copied(f, classes, 4);
        Assert.Equal(classes.Select(1, 0).ToArray<long>(), p.ArgMax(2).ToArray<long>());
        Assert.Equal(1, p.Gather(2, classes.Select(1, 0).Unsqueeze(2)).Min().ToDouble(), 1e-6);
        Assert.Equal(-Math.Log(0.99 + 0.01 / 4), CopyColours.Of(p, classes.Select(1, 1), Tensor.Ones([1])).ToDouble(), 1e-5);
    }

    [Fact]
    public void No_colour_reaches_the_vectors_that_are_compared()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new CopyColours(Options, ClipTraining.Context(generator, 0));
        method.Network.Train(false);
        using var batch = ClipTraining.Batch(4, MadeClips.Across(1, 4));
        var frames = method.Prepare(batch, generator).Tensors[0].Flatten(0, 1);
        var encoder = (LabEncoder)method.Encoder;
        var lab = encoder.ToLab(frames);
        var grey = Tensor.Cat([lab.Narrow(1, 0, 1), lab.Narrow(1, 1, 2) * 0.0], 1);
        Assert.InRange(lab.Narrow(1, 1, 2).Abs().Max().ToDouble(), 10, 200);
        Assert.Equal(0, (encoder.GridOf(lab) - encoder.GridOf(grey)).Abs().Max().ToDouble());
    }

    [Fact]
    public void The_colours_are_those_of_the_first_batch_and_stay()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(3);
        using var method = new CopyColours(Options, ClipTraining.Context(generator, 0, 1));
        float[] Colours() => method.Network.State().Single(t => t.Name == "colours").Value.ToArray<float>();
        Assert.All(Colours(), colour => Assert.Equal(0, colour));
        using var first = ClipTraining.Batch(4, MadeClips.Across(1, 4), MadeClips.Across(2, 4));
        method.Prepare(first, generator);
        var found = Colours();
        Assert.Equal(8, found.Chunk(2).Select(ab => (ab[0], ab[1])).Distinct().Count());
        using var second = ClipTraining.Batch(4, MadeClips.Across(8, 4), MadeClips.Across(9, 4));
        method.Prepare(second, generator);
        Assert.Equal(found, Colours());
    }

    [Fact]
    public void It_learns_to_copy_better_than_the_commonest_colour()
    {
        var log = ClipTraining.Run(Options, clips: 16, frames: 10, steps: 25);
        Assert.Equal(Math.Log(8), log[0].ChanceLevel!.Value, 1e-9);
        Assert.True(log.Last(step => step.Accuracy!.Value) > log.Last(step => step.Metric("commonest")) + 0.2,
            $"{log.Last(step => step.Accuracy!.Value)} copied, {log.Last(step => step.Metric("commonest"))} by the commonest");
        Assert.True(log.Last(step => step.Loss) < log.Take(3).Average(step => step.Loss) - 0.2);
    }
}
