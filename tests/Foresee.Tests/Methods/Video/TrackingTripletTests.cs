using Foresee.Images;
using Foresee.Methods.Video;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Video;

public sealed class TrackingTripletTests
{
    private static TrackingTripletOptions Options { get; } = new(ClipTraining.Encoder) { Window = 8, Projection = 32 };

    [Theory]
    [InlineData("tracking", 0)]
    [InlineData("trackinghard", 2)]
    public void The_loss_and_its_gradient_are_PyTorchs(string name, int hard) => MethodFixtures.Compare(name,
        t => TrackingTriplet.Of(t["z"], t["clips"], t["negatives"], t["counted"], hard, 0.5), "video");

    private static Tensor Loss(Tensor z)
    {
        long[] clips = [0, 1, 2];
        return TrackingTriplet.Of(z, Tensor.From(clips, 3), TrackingTriplet.Others(clips, 4, seed: 1), Tensor.Ones([3]), 2, 0.5);
    }

    [Fact]
    public void The_same_vector_for_all_costs_the_margin()
    {
        using var scope = TensorScope.Begin();
        Assert.Equal(0.5, Loss(Tensor.Ones([6, 4])).ToDouble(), 1e-6);
    }

    [Fact]
    public void Satisfied_margins_have_no_gradient_at_all()
    {
        using var scope = TensorScope.Begin();
        var z = Tensor.Cat([MethodFixtures.Eye(3), MethodFixtures.Eye(3)]);                  // each track a direction of its own
        z.RequiresGrad = true;
        var loss = Loss(z);
        Assert.Equal(0, loss.ToDouble());
        loss.Backward();
        Assert.Equal(0, z.Grad!.Abs().Max().ToDouble());
    }

    [Fact]
    public void Negatives_come_from_other_clips_only()
    {
        long[] clips = [7, 7, 2, 7, 3];
        using var scope = TensorScope.Begin();
        var rows = TrackingTriplet.Others(clips, 50, seed: 4).ToArray<long>().Chunk(50).ToArray();
        for (var i = 0; i < clips.Length; i++) Assert.All(rows[i], row => Assert.NotEqual(clips[i], clips[row % 5]));
        Assert.Equal([2, 4, 7, 9], rows[0].Distinct().Order());
    }

    [Fact]
    public void Windows_in_which_nothing_moves_teach_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var method = new TrackingTriplet(Options, ClipTraining.Context(generator, 0, 1, 2));
        using var batch = ClipTraining.Batch(8, ClipTraining.Still, ClipTraining.Still, ClipTraining.Still);
        var inputs = method.Prepare(batch, generator);
        Assert.Equal([3, 2, 3, 16, 16], inputs.Tensors[0].Shape);
        var loss = method.Loss(inputs);
        Assert.Equal(0, loss.Total.ToDouble());
        loss.Total.Backward();
        Assert.All(method.Network.Parameters(), parameter => Assert.Equal(0, parameter.Value.Grad?.Abs().Max().ToDouble() ?? 0));
    }

    [Fact]
    public void One_clip_has_no_negatives_and_is_refused()
    {
        using var generator = new Generator(1);
        var error = Assert.Throws<ImageDataException>(() => new TrackingTriplet(Options, ClipTraining.Context(generator, 0, 0, 0)));
        Assert.Contains("needs at least 2, got 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("still images were given", Assert.Throws<ImageDataException>(() =>
            new TrackingTriplet(Options, ClipTraining.Context(generator))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_learns_to_tell_tracks_of_made_clips_apart()
    {
        var log = ClipTraining.Run(Options, clips: 16, frames: 10, steps: 25);
        Assert.Equal(0.5, log[0].ChanceLevel!.Value);
        Assert.InRange(log.Last(step => step.Loss), 0, 0.25);
        Assert.InRange(log.Last(step => step.Accuracy!.Value), 0.8, 1);                     // level 0.2
        Assert.True(log.Last(step => step.Loss) < log[0].Loss / 2);
    }
}
