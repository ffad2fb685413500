using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class OnlineProbeTests
{
    private const int Side = 16;

    /// <summary>Class 0 is bright above, class 1 below; how bright differs from image to image.</summary>
    private static LabelledImages Halves(int count, bool shuffled) => new(new PaintedImages(count, Side, (index, pixels) =>
    {
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i < pixels.Length / 2) == (index % 2 == 0) ? 120 + index * 7 % 100 : index * 13 % 90);
    }), [.. Enumerable.Range(0, count).Select(i => shuffled ? i / 2 % 2 : i % 2)], ["above", "below"]);

    private static TrainedEncoder Encoder(PatchEncoder encoder) =>
        TrainedEncoder.Of(encoder, new(encoder.Options, Side, Side, 8, 4, [0.4], [0.3]), Device.Cpu);

    [Fact]
    public void Labels_that_fit_the_images_score_and_others_stay_at_chance()
    {
        using var generator = new Generator(3);
        using var network = new PatchEncoder(new(1, 16, 3, 1, [new(16, 8, 2)]), generator);
        using var encoder = Encoder(network);
        var fit = new OnlineProbe(Halves(40, false).Images, Halves(40, shuffled: false)).Look(encoder, threads: 1);
        var other = new OnlineProbe(Halves(40, false).Images, Halves(40, shuffled: true)).Look(encoder, threads: 1);
        Assert.True(fit.Accuracy > 0.9, fit.ToString());
        Assert.InRange(other.Accuracy!.Value, 0.2, 0.8);
        Assert.Equal(0.5, fit.AccuracyChance);
    }

    [Fact]
    public void Without_labels_there_is_the_rank_and_a_collapsed_encoder_has_none()
    {
        using var generator = new Generator(3);
        using var network = new PatchEncoder(new(1, 16, 3, 1, [new(16, 8, 2)]), generator);
        using var encoder = Encoder(network);
        var probe = new OnlineProbe(Halves(40, false).Images);
        var before = probe.Look(encoder, threads: 1);
        Assert.Null(before.Accuracy);
        Assert.InRange(before.EffectiveRank, 1.5, 16);
        using (Autograd.NoGrad())
            foreach (var parameter in network.Parameters()) parameter.Value.Fill_(0);
        Assert.Equal(0, probe.Look(encoder, threads: 1).EffectiveRank);
    }

    [Fact]
    public void A_look_leaves_the_encoder_as_it_was()
    {
        using var generator = new Generator(3);
        using var network = new PatchEncoder(new(1, 16, 3, 1, [new(16, 8, 2)]), generator);
        float[][] Weights() => [.. network.State().Select(p => p.Value.ToArray<float>())];
        var before = Weights();
        using (var encoder = Encoder(network)) new OnlineProbe(Halves(40, false).Images, Halves(40, false)).Look(encoder, threads: 1);
        Assert.Equal(before, Weights());
    }
}
