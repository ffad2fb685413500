using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Tests.Encoders;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class OnlineProbeTests
{
    private const int Side = 16;

    /// <summary>Class 0 is bright above, class 1 below; how bright differs from image to image.</summary>
    private static LabelledImages Halves(int count, bool shuffled) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((i < pixels.Length / 2) == (index % 2 == 0) ? 120 + index * 7 % 100 : index * 13 % 90);
    }), [.. Enumerable.Range(0, count).Select(i => shuffled ? i / 2 % 2 : i % 2)], ["above", "below"]);

    private static PatchGridEncoder Network(Generator generator) =>
        PatchGrids.Build(new(1, 16, 3, 1, [new(16, 8, 2)]), Side, 8, 4, generator, mean: 0.4);

    private static TrainedEncoder Encoder(PatchGridEncoder encoder) => TrainedEncoder.Of(encoder, Device.Cpu);

    [Fact]
    public void Labels_that_fit_the_images_score_and_others_stay_at_chance()
    {
        using var generator = new Generator(3);
        using var network = Network(generator);
        using var encoder = Encoder(network);
        var fit = new OnlineProbe(Halves(40, false).Images, Halves(40, shuffled: false)).Measure(encoder, threads: 1);
        var other = new OnlineProbe(Halves(40, false).Images, Halves(40, shuffled: true)).Measure(encoder, threads: 1);
        Assert.True(fit.Accuracy > 0.9, fit.ToString());
        Assert.InRange(other.Accuracy!.Value, 0.2, 0.8);
        Assert.Equal(0.5, fit.ChanceLevel);
    }

    [Fact]
    public void Without_labels_there_is_the_rank_and_a_collapsed_encoder_has_none()
    {
        using var generator = new Generator(3);
        using var network = Network(generator);
        using var encoder = Encoder(network);
        var probe = new OnlineProbe(Halves(40, false).Images);
        var before = probe.Measure(encoder, threads: 1);
        Assert.Null(before.Accuracy);
        Assert.InRange(before.EffectiveRank, 1.5, 16);
        using (Autograd.NoGrad())
            foreach (var parameter in network.Parameters()) parameter.Value.Fill_(0);
        Assert.Equal(0, probe.Measure(encoder, threads: 1).EffectiveRank);
    }

    [Fact]
    public void A_look_leaves_the_encoder_as_it_was()
    {
        using var generator = new Generator(3);
        using var network = Network(generator);
        float[][] Weights() => [.. network.State().Select(p => p.Value.ToArray<float>())];
        var before = Weights();
        using (var encoder = Encoder(network)) new OnlineProbe(Halves(40, false).Images, Halves(40, false)).Measure(encoder, threads: 1);
        Assert.Equal(before, Weights());
    }
}
