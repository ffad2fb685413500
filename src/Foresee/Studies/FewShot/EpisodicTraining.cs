using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Labels;
using Foresee.Torch;
using Foresee.Torch.Losses;
using Foresee.Torch.Optimisers;

namespace Foresee.Studies.FewShot;

/// <summary>How an encoder learns from episodes of classes that have many images.</summary>
/// <param name="Head">Whose scores the loss is on; measure by the same.</param>
/// <param name="Shots">Of each class; best those that will be measured.</param>
public sealed record EpisodicOptions(FewShotHead Head, int Shots)
{
    /// <summary>Episodes.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>Classes of an episode at most; more than in use make the question harder, and teach more.</summary>
    public int Ways { get; init; } = 20;

    public int Queries { get; init; } = 5;

    /// <summary>Of Adam; halved every fifth of the steps.</summary>
    public double LearningRate { get; init; } = 1e-3;
}

/// <summary>
/// Prototypical and matching networks: -ln softmax(scores of the queries), each step an episode by chance. It starts near ln(ways).
/// </summary>
/// <remarks>Snell et al. 2017, algorithm 1: Adam at 10⁻³, halved now and then; episodes of more ways than will be measured.</remarks>
public static class EpisodicTraining
{
    private const int Halvings = 5; // over the steps

    /// <param name="encoder">Learns; its input has mean and std.</param>
    /// <param name="pixels">uint8 [N, C, height, width] of all images.</param>
    /// <param name="images">Their classes.</param>
    public static void Fit(Encoder encoder, Tensor pixels, LabelledImages images, EpisodicOptions options, int seed,
        Action<FitProgress>? progress = null, CancellationToken cancel = default)
    {
        var classes = FewShotTrial.ClassesOf(images);
        var ways = Math.Clamp(classes.Count(members => members.Length >= options.Shots + options.Queries), 2, Math.Max(2, options.Ways));
        new FewShotPlan(ways, [options.Shots]) { Queries = options.Queries }.Validate([.. classes.Select(members => members.Length)]);
        using var reading = TrainedEncoder.Of(encoder, Device.Cpu);
        using var group = new RateGroup(new Adam(encoder.Parameters(), options.LearningRate),
            new StepDecay(options.LearningRate, Math.Max(1, options.Steps / Halvings), 0.5).At);
        encoder.Train(true);
        ShortTraining.Run(Enumerable.Range(0, options.Steps), options.Steps, [group], number =>
        {
            var episode = Episode.Draw(classes, ways, options.Shots, options.Queries, seed, number);
            long[] places = [.. episode.Support.Concat(episode.Query).Select(place => (long)place)];
            var rows = reading.Latents(pixels.IndexSelect(0, Tensor.From(places)).To(DType.Float32) / 255).Mean([1, 2]); // [n, D]
            var scores = FewShotScores.Of(options.Head, rows.Narrow(0, 0, episode.Support.Length),
                rows.Narrow(0, episode.Support.Length, episode.Query.Length), ways);
            return Loss.CrossEntropy(scores, FewShotScores.Labels(ways, options.Queries));
        }, progress, cancel);
        encoder.Train(false);
    }
}
