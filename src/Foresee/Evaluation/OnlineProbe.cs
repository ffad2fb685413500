using Foresee.Encoders;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Is it learning? A look at an encoder in the middle of its training: do its vectors still differ, and do images of one class lie near
/// each other? Half of the labelled images vote on the other half as nearest neighbours. Nothing of it reaches the loss.
/// </summary>
/// <param name="images">Those of the training; a few of them give the effective rank.</param>
/// <param name="labelled">At most <see cref="Most"/> of them are used, evenly taken; null for none.</param>
public sealed class OnlineProbe(IImageSource images, LabelledImages? labelled = null)
{
    public const int Most = 2000;
    private const int RankImages = 16, RankVectors = 512, Tried = 1000;
    private Tensor? pixels; // of the images for the rank, once read
    private int[]? readable;

    /// <exception cref="ImageDataException">No class has an image to vote and one to ask.</exception>
    public void Check()
    {
        if (labelled is null) return;
        if (!EvenSample.Of(labelled.Images.Count, Most).CountBy(index => labelled.Labels[index]).Any(c => c.Value > 1)) throw TooFew();
    }

    private ImageDataException TooFew() =>
        new($"{labelled!.Images.Name} has fewer than two readable images per class; a probe needs some to vote and some to ask.");

    /// <param name="threads">For batches side by side.</param>
    public ProbeResult Measure(TrainedEncoder encoder, int threads)
    {
        using var scope = TensorScope.Begin();
        pixels ??= TensorScope.Detach(ReadSome(encoder.Input));
        var vectors = encoder.Features(pixels).Flatten(0, 2);                                        // [B·H·W, D]
        var rank = EffectiveRank.Of(vectors.Narrow(0, 0, Math.Min(RankVectors, vectors.Size(0))));
        return labelled is null ? new(rank, null, null) : new(rank, Vote(encoder, threads), 1.0 / labelled.Classes.Length);
    }

    private Tensor ReadSome(InputFormat fit)
    {
        var parts = new List<Tensor>();
        foreach (var index in Places())
        {
            if (TryRead(images, index, fit) is { } image) parts.Add(image);
            if (parts.Count == RankImages) break;
        }
        return parts.Count > 0 ? Tensor.Cat([.. parts], 0)
            : throw new ImageDataException($"None of the {Math.Min(Tried, images.Count)} images of {images.Name} that were tried can be "
                + "read.");
    }

    /// <summary>Evenly taken ones; then others by chance, for files that can't be read may lie in step with those.</summary>
    private IEnumerable<int> Places()
    {
        var step = Math.Max(1, images.Count / (2 * RankImages));
        return Enumerable.Range(0, (images.Count + step - 1) / step).Select(i => i * step)
            .Concat(new SeededOrder(0).Permutation(images.Count)).Distinct().Take(Tried);
    }

    private static Tensor? TryRead(IImageSource source, int index, InputFormat fit)
    {
        try
        {
            return ImageTensors.Read(source, [index], fit);
        }
        catch (UnreadableImageException)
        {
            return null; // the loader names and counts it
        }
    }

    private double Vote(TrainedEncoder encoder, int threads)
    {
        readable ??= [.. EvenSample.Of(labelled!.Images.Count, Most)
            .Where(index => TryRead(labelled.Images, index, encoder.Input) is not null)];
        // Every second image of each class is asked, the others vote.
        var halves = readable.GroupBy(index => labelled!.Labels[index]).SelectMany(group => group.Select((index, place) => (index, place)))
            .ToLookup(p => p.place % 2, p => p.index);
        int[] known = [.. halves[0]], asked = [.. halves[1]];
        if (asked.Length == 0) throw TooFew();
        using var table = FeatureTable.Compute(encoder.Features, labelled!.Images, [.. known, .. asked], encoder.Input,
            [new(GridPooling.Three)], threads)[0];
        using var scaling = FeatureScaling.Fit(table.Values, new());
        using var neighbours = NeighbourVote.Fit(scaling.Apply(table.Of(known)), [.. known.Select(i => labelled.Labels[i])],
            labelled.Classes.Length, new());
        return Accuracy.Top1(neighbours.Predict(scaling.Apply(table.Of(asked))), [.. asked.Select(i => labelled.Labels[i])]) / 100;
    }
}
