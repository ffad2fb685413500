using Foresee.Images;

namespace Foresee.Labels;

/// <summary>IDX images beside an IDX file of their labels.</summary>
internal static class LabelledIdx
{
    /// <param name="classes">Their names; null for the numbers found.</param>
    public static LabelledSplits Open(string folder, string name, string[]? classes)
    {
        var train = Part(folder, IdxFolder.Train, name)
            ?? throw new ImageDataException($"{folder} holds IDX files but no training images (train-images-idx3-ubyte.gz).");
        return NumberedClasses.Join(folder, train, Part(folder, IdxFolder.Test, name + " (test)"), classes);
    }

    private static LabelledImages? Part(string folder, string part, string name)
    {
        if (IdxFolder.Images(folder, part) is not { } imageFile) return null;
        if (IdxFolder.Labels(folder, part) is not { } labelFile)
            throw new ImageDataException($"{folder} has {Path.GetFileName(imageFile)} but no labels for it ({part}-labels-idx1-ubyte.gz).");
        var images = new IdxImages(imageFile, name);
        var labels = IdxFile.Read(labelFile, 1);
        if (labels.Sizes[0] != images.Count)
            throw new ImageDataException($"{labelFile} has {labels.Sizes[0]} labels for the {images.Count} images of "
                + $"{Path.GetFileName(imageFile)}; are they of one data set?");
        return new(images, Array.ConvertAll(labels.Data, label => (int)label), []);
    }
}
