using Foresee.Losses;
using Foresee.Methods.Video;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Video;

public sealed class MotionSegmentationTests
{
    private static MotionSegmentationOptions Options { get; } = new(ClipTraining.Encoder);

    [Fact]
    public void Pixels_between_the_thresholds_have_exactly_no_gradient()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        var d = Tensor.Zeros([1, 1, 12, 12]);
        d.Narrow(2, 0, 6).Narrow(3, 0, 6).Fill_(0.2);
        d.Narrow(2, 6, 6).Narrow(3, 6, 6).Fill_(0.05);
        var (y, counted) = MotionSegmentation.Targets(d, Options);
        for (var row = 0; row < 12; row++)
            for (var column = 0; column < 12; column++)
            {
                var mean = 0.0;
                for (var i = 0; i < 9; i++)
                    mean += d.Data<float>()[Math.Clamp(row + i / 3 - 1, 0, 11) * 12 + Math.Clamp(column + i % 3 - 1, 0, 11)] / 9;
                Assert.Equal(mean >= 0.08 ? 1 : 0, y.Data<float>()[row * 12 + column]);
                Assert.Equal(mean is >= 0.08 or <= 0.03 ? 1 : 0, counted.Data<float>()[row * 12 + column]);
            }
        Assert.InRange(counted.Sum().ToDouble(), 90, 143);
        var s = Tensor.RandN([1, 1, 12, 12], generator);
        s.RequiresGrad = true;
        BinaryChoice.Of(s, y, counted).Backward();
        Assert.Equal(counted.ToArray<float>(), s.Grad!.ToArray<float>().Select(g => g == 0 ? 0f : 1f));
    }

    [Fact]
    public void A_still_clip_gives_no_target_and_teaches_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new MotionSegmentation(Options, ClipTraining.Context(generator, 0, 1));
        using var batch = ClipTraining.Batch(7, ClipTraining.Still, ClipTraining.Still with { Square = 0, Camera = (1, 0) });
        var inputs = method.Prepare(batch, generator);
        Assert.Equal(0, inputs.Tensors[2].Sum().ToDouble());
        var loss = method.Loss(inputs);
        Assert.Equal(0, loss.Total.ToDouble());
        loss.Total.Backward();
        Assert.All(method.Network.Parameters(), parameter => Assert.Equal(0, parameter.Value.Grad?.Abs().Max().ToDouble() ?? 0));
    }

    [Fact]
    public void Targets_are_the_moving_square()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new MotionSegmentation(Options with { Mirrored = 0 }, ClipTraining.Context(generator, 0));
        var scene = new MadeClips.Scene(32, 8, (12, 1), (0, 4), (0, 0));
        using var batch = ClipTraining.Batch(7, scene);
        var inputs = method.Prepare(batch, generator);
        var (y, counted) = (inputs.Tensors[1].ToArray<float>(), inputs.Tensors[2].ToArray<float>());
        var (top, left) = scene.At(3);
        var hits = 0;
        for (var i = 0; i < y.Length; i++)
        {
            var (down, right) = (i / 32 - top, i % 32 - left);
            var far = down is < -1 or > 8 || right is < -1 or > 8;
            if (far) Assert.Equal((0, 1), (y[i], counted[i]));
            if (down is >= 0 and < 8 && right is >= 0 and < 8 && y[i] == 1) hits++;
        }
        Assert.InRange(hits, 40, 64); // some of its colours are as light as the background
        var pictures = method.Pictures(batch, generator);
        Assert.Equal(3, pictures.Count);
        Assert.All(pictures, picture => Assert.Equal([1, 3, 32, 32], picture.Shape));
        Assert.Equal(Math.Log(2), method.Loss(inputs).ChanceLevel!.Value, 1e-12);
    }

    [Fact]
    public void It_learns_which_part_of_a_single_frame_moves()
    {
        var log = ClipTraining.Run(Options, clips: 24, frames: 7, steps: 30);
        Assert.InRange(log.Last(step => step.Accuracy!.Value), 0.75, 1);                     // level 0.5
        Assert.InRange(log.Last(step => step.Loss), 0, 0.45);                                // ln 2 before
    }
}
