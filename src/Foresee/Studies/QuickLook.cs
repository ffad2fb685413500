using Foresee.Encoders;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Methods;
using Foresee.Recipes;

namespace Foresee.Studies;

/// <summary>
/// What a small dictionary of patches sees in some images, before anything long is begun: k-means features as of Coates, Lee and Ng
/// (2011), a quarter of their centroids, from at most <see cref="MostImages"/> images. 8 s of one core for 1,000 images of 64 px.
/// </summary>
public static class QuickLook
{
    public const int MostImages = 2000;
    private const string Method = "kmeans";
    private const int Centroids = 400, Patches = 100_000, Rounds = 10, Places = 32; // places along a side

    /// <summary>Evenly taken, or all where there are no more.</summary>
    public static IImageSource Some(IImageSource images) => images.Count <= MostImages ? images
        : new ImageSelection(images, EvenSample.Of(images.Count, MostImages), images.Name);

    /// <param name="images">Of <see cref="Some"/>.</param>
    public static PretrainOptions Options(Recipe recipe, IImageSource images)
    {
        var options = recipe.Build(images, Method);
        var side = Math.Max(options.Input.Height, options.Input.Width);
        var encoder = new KMeansEncoderOptions(Centroids) { Patches = Patches, Rounds = Rounds, Stride = (side + Places - 1) / Places };
        return options with
        {
            Method = new KMeansFeaturesOptions(encoder),
            Reasons = [.. options.Reasons.Except(options.Method.Reasons(options.Input)), encoder.Describe(options.Input)],
        };
    }

    /// <summary>Half of at most 2,000 labelled images vote on the other half as nearest neighbours.</summary>
    /// <exception cref="ImageDataException">No class has two images.</exception>
    public static ProbeResult Measure(TrainedEncoder encoder, IImageSource images, LabelledImages labelled, int threads)
    {
        var probe = new OnlineProbe(images, labelled);
        probe.Check();
        return probe.Measure(encoder, threads);
    }

    /// <summary>Which starts are worth comparing on such images, by what was measured on others, and why; one sentence each.</summary>
    /// <param name="leak">Why pretrained weights know the labels already; null where nothing is known against them.</param>
    public static IReadOnlyList<string> Advice(DataProfile data, string? leak)
    {
        var weights = (leak, data.Input.Channels) switch
        {
            ({ } known, _) => $"no pretrained weights: {known}",
            (_, 3) => "imagenet-resnet18: on colour photographs, small ones and satellite pictures it was ahead of all that was learnt from "
                + "the images themselves",
            (_, 1) => "imagenet-resnet18 as one start among others: on grey medical pictures it was no better than a network from pixels",
            var (_, channels) => $"own images only: pretrained weights know three channels, these have {channels}",
        };
        return [weights, "kmeans: all of its dictionary, some minutes; the least that a longer pretraining has to beat"];
    }
}
