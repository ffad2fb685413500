using Foresee.Images;

namespace Foresee.Labels;

/// <summary>Labelled images from what the user names.</summary>
public static class LabelledSources
{
    private static readonly string[] FashionMnist =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>
    /// A known data set, a folder of IDX images with their labels, a folder with one folder per class, or a folder with train/ and
    /// test/ (or val/) of class folders.
    /// </summary>
    /// <exception cref="ImageDataException">No labels, one class only, or test classes that training does not know.</exception>
    public static LabelledSplits Open(string pathOrName)
    {
        var folder = KnownData.Resolve(pathOrName);
        if (!Directory.Exists(folder))
            throw new ImageDataException($"{pathOrName} is a file; labels need a folder with one folder per class, or IDX images beside their labels.");
        if (IdxFolder.Is(folder)) return LabelledIdx.Open(folder, pathOrName, pathOrName == "fashion-mnist" ? FashionMnist : null);
        if (ImageSources.TrainFolder(folder) is not { } train) return new(ClassFolder.Open(folder, pathOrName), null);
        var training = ClassFolder.Open(train, pathOrName);
        return new(training, ClassFolder.Open(ImageSources.TestFolder(folder)!, pathOrName + " (test)", training.Classes));
    }
}
