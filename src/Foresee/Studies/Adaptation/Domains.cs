using Foresee.Images;
using Foresee.Labels;

namespace Foresee.Studies.Adaptation;

/// <summary>Labelled images from one place, and images without labels from another.</summary>
/// <param name="Target">No label of them is looked at.</param>
/// <param name="Measured">Target images that are only predicted, with the source's classes; null where none have labels.</param>
/// <param name="Remark">What is measured on, or why nothing is; one sentence.</param>
public sealed record Domains(LabelledImages Source, IImageSource Target, LabelledImages? Measured, string Remark)
{
    private const int MostNamed = 20; // classes in a message

    /// <summary>In results.</summary>
    public string Name => $"{Target.Name} from {Source.Images.Name}";

    /// <param name="source">What <see cref="LabelledSources"/> opens; its training part.</param>
    /// <param name="target">What <see cref="ImageSources"/> opens; its training part. Where it has classes, it is also measured.</param>
    /// <param name="validation">Measure on target images held out of the training part instead of its test part.</param>
    /// <exception cref="ImageDataException">Both are the same images, or of other classes, or nothing can be held out.</exception>
    public static Domains Open(string source, string target, bool validation)
    {
        var labelled = LabelledSources.OpenTraining(source);
        var images = ImageSources.Open(target);
        if (labelled.Images.Hash() == images.Hash())
            throw new ImageDataException($"{source} and {target} are the same images, so there is nothing to adapt to; name images from "
                + "another place as TARGET.");
        LabelledSplits known;
        try
        {
            known = validation ? new(LabelledSources.OpenTraining(target), null) : LabelledSources.Open(target);
        }
        catch (ImageDataException error)
        {
            if (validation)
                throw new ImageDataException($"--validation measures on target images with labels, and {target} has none: {error.Message}",
                    error);
            return new(labelled, images, null, $"nothing is measured, for {target} has no classes: {error.Message}");
        }
        known = new(Among(known.Train, labelled), known.Test is null ? null : Among(known.Test, labelled));
        if (validation)
        {
            known = known.Validating();
            return new(labelled, known.Train.Images, known.Test, $"measured on {known.Test!.Images.Count:N0} held-out images of {target}");
        }
        return known.Test is { } test
            ? new(labelled, images, test, $"measured on the test images of {target}, which nothing else reads")
            : new(labelled, images, known.Train, $"measured on the images that were adapted to, without their labels: {target} has no test "
                + "part");
    }

    /// <exception cref="ImageDataException">A class that the source does not have.</exception>
    private static LabelledImages Among(LabelledImages target, LabelledImages source)
    {
        if (target.Classes.FirstOrDefault(name => !source.Classes.Contains(name)) is { } unknown)
            throw new ImageDataException($"{target.Images.Name} has the class '{unknown}', which {source.Images.Name} does not have; source and "
                + $"target must be of the same classes. Classes of {source.Images.Name}: {Listed(source.Classes)}; of {target.Images.Name}: "
                + $"{Listed(target.Classes)}. Name them alike, or put the target's images into one folder, to adapt without measuring.");
        return target.Among(source.Classes);
    }

    private static string Listed(string[] classes) =>
        string.Join(", ", classes.Take(MostNamed)) + (classes.Length > MostNamed ? $" and {classes.Length - MostNamed} more" : "");
}
