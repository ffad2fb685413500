using Foresee.Losses;
using Foresee.Methods.Video;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Video;

public sealed class ShuffleAndLearnTests
{
    private static ShuffleAndLearnOptions Options { get; } = new(ClipTraining.Encoder) { Window = 9, HeadWidth = 64 };

    [Fact]
    public void The_loss_and_its_gradient_are_PyTorchs() =>
        MethodFixtures.Compare("binarychoice", t => BinaryChoice.Of(t["s"], t["y"], t["m"]), "video");

    [Fact]
    public void A_tuple_is_in_order_when_its_middle_was_between_whichever_way_round()
    {
        const int Count = 400;
        using var scope = TensorScope.Begin();
        var time = Tensor.Arange(9).To(DType.Float32).View(1, 9, 1, 1, 1).Expand(Count, 9, 3, 2, 2).Contiguous() / 9;
        var tuples = ShuffleAndLearn.Draw(time, Options, seed: 5);
        var places = tuples.Frames.Select(4, 0).Select(3, 0).Select(2, 0).ToArray<float>().Chunk(3).ToArray();
        var turned = 0;
        for (var i = 0; i < Count; i++)
        {
            var (low, high) = (Math.Min(places[i][0], places[i][2]), Math.Max(places[i][0], places[i][2]));
            Assert.True(low < high);
            Assert.Equal(tuples.InOrder[i], places[i][1] > low && places[i][1] < high);
            if (places[i][0] > places[i][2]) turned++;
        }
        Assert.InRange(turned, Count * 0.4, Count * 0.6);                                    // the label does not hang on it
        Assert.InRange(tuples.InOrder.Count(inOrder => inOrder), Count * 0.18, Count * 0.32);
        Assert.All(tuples.Moves, Assert.True);
    }

    [Fact]
    public void Windows_without_motion_are_rejected_and_teach_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new ShuffleAndLearn(Options, ClipTraining.Context(generator, 0, 1));
        using var batch = ClipTraining.Batch(9, ClipTraining.Still, MadeClips.Across(1, 9));
        var inputs = method.Prepare(batch, generator);
        Assert.Equal([0f, 1f], inputs.Tensors[2].ToArray<float>());
        using var still = ClipTraining.Batch(9, ClipTraining.Still, ClipTraining.Still);
        var loss = method.Loss(method.Prepare(still, generator));
        Assert.Equal(0, loss.Total.ToDouble());
        loss.Total.Backward();
        Assert.All(method.Network.Parameters(), parameter => Assert.Equal(0, parameter.Value.Grad?.Abs().Max().ToDouble() ?? 0));
    }

    [Fact]
    public void Without_learning_the_loss_is_ln_2_and_the_share_alone_takes_it_to_0562()
    {
        using var scope = TensorScope.Begin();
        var (y, all) = (Tensor.From<float>([1, 0, 0, 0], 4), Tensor.Ones([4]));
        Assert.Equal(Math.Log(2), BinaryChoice.Of(Tensor.Zeros([4]), y, all).ToDouble(), 1e-6);
        Assert.Equal(0.5623, BinaryChoice.Of(Tensor.Full([4], Math.Log(1.0 / 3)), y, all).ToDouble(), 1e-4);
        using var generator = new Generator(1);
        using var method = new ShuffleAndLearn(Options, ClipTraining.Context(generator, 0));
        using var batch = ClipTraining.Batch(9, MadeClips.Across(1, 9), MadeClips.Across(2, 9));
        Assert.Equal(0.5623, method.Loss(method.Prepare(batch, generator)).ChanceLevel!.Value, 1e-4);
        Assert.Equal(0.5, BinaryChoice.Correct(Tensor.Ones([4]), y, all).ToDouble(), 1e-6);  // always yes is no better than chance
        var sure = Tensor.From<float>([-1, -1.2f, -2, -1], 4); // one is yes: the highest, here two alike
        Assert.Equal((1 + 2 / 3.0) / 2, BinaryChoice.Correct(sure, y, all).ToDouble(), 1e-6);
    }

    [Fact]
    public void It_learns_the_order_of_frames_of_made_clips()
    {
        var log = ClipTraining.Run(Options, clips: 24, frames: 11, steps: 90);
        Assert.InRange(log.Last(step => step.Accuracy!.Value), 0.7, 1);                      // level 0.5
        Assert.InRange(log.Last(step => step.Loss), 0, 0.5);                                 // 0.562
    }
}
