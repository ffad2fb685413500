using System.Diagnostics;
using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Fitting;

/// <summary>The images of a fit that can be read.</summary>
/// <param name="Input">The form in which the supervised baseline and own pretraining see them.</param>
/// <param name="Labelled">To learn from and to measure on.</param>
/// <param name="Keys">Of the labelled images, see <see cref="ImageKeys"/>.</param>
internal sealed record FitData(DataProfile Profile, InputFormat Input, LabelledImages Labelled, string[] Keys)
{
    /// <summary>Below so many images beside the labelled ones these are learnt from without their labels, too.</summary>
    private const int LeastUnlabelled = 200;

    /// <summary>Of one image on all threads, to read it.</summary>
    public double SecondsToRead { get; private init; }

    /// <summary>Of each labelled image a word that its copies share, see <see cref="ImageCopies"/>.</summary>
    public required string[] Contents { get; init; }

    public double LabelsPerClass => (double)Labelled.Labels.Length / Labelled.Classes.Length;

    /// <param name="compute">What networks that are trained multiply in.</param>
    public EvaluationSetting Setting(DType compute) => new(Input.Channels, LabelsPerClass, compute) { Upright = Profile.Upright };

    /// <exception cref="ImageDataException">No image of a class can be read, or fewer than two classes are there.</exception>
    public static FitData Read(FitOptions options, FitContext context, Action<int> progress, CancellationToken cancel)
    {
        var profile = options.Recipe.Profile(context.Images);
        var input = profile.Input with { Small = SmallImages.Enlarge }; // a model in use should take any image
        var clock = Stopwatch.StartNew();
        var labelled = context.Labelled.Readable(input, progress, options.Threads, cancel);
        var seconds = clock.Elapsed.TotalSeconds / context.Labelled.Images.Count;
        if (labelled.Lost is [var lost, ..])
        {
            var first = labelled.Skipped.First(image => context.Labelled.Classes[context.Labelled.Labels[image.Index]] == lost);
            throw new ImageDataException($"No image of class '{lost}' in {labelled.Images.Name} can be read, so it can't be learnt "
                + $"(the first: {first.File}); restore its images, or take the class away.");
        }
        if (labelled.Labels.Distinct().Count() < 2)
            throw new ImageDataException($"{labelled.Images.Name} has labels of one class only; telling classes apart needs two or more.");
        return new(profile, input, labelled, ImageKeys.Of(labelled.Images))
        {
            SecondsToRead = seconds,
            Contents = ImageCopies.Of(labelled.Images, _ => true),
        };
    }

    /// <summary>
    /// Unlabelled images to learn from, evenly taken, those that can't be read left out. Labelled images and their copies are none of
    /// them, so that an image that is held out is not seen in any way; where there are few others, they are.
    /// </summary>
    /// <param name="most">Images.</param>
    public ReadableImages Unlabelled(IImageSource images, int most, int threads, Action<int> progress, CancellationToken cancel)
    {
        var known = Contents.ToHashSet();
        int[] others = [.. ImageCopies.Of(images, ImageCopies.Sizes(Labelled.Images).Contains).Index()
            .Where(content => !known.Contains(content.Item)).Select(content => content.Index)];
        if (others.Length < LeastUnlabelled) others = [.. Enumerable.Range(0, images.Count)];
        int[] chosen = [.. EvenSample.Of(others.Length, most).Select(place => others[place])];
        return new(new ImageSelection(images, chosen, images.Name), Input, progress, threads, cancel);
    }
}
