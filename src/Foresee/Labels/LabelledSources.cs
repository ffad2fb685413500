using Foresee.Images;

namespace Foresee.Labels;

/// <summary>Labelled images from what the user names.</summary>
public static class LabelledSources
{
    private static readonly string[] FashionMnist =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>
    /// A known data set, a folder of IDX images with their labels, of CIFAR's or STL-10's binary files, a folder with one folder per class,
    /// a folder with train/ and test/ (or val/) of class folders, of which the test part may be missing beside unsup/, or a CSV file of
    /// path,label.
    /// </summary>
    /// <exception cref="ImageDataException">No labels, one class only, or test classes that training does not know.</exception>
    public static LabelledSplits Open(string pathOrName)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path))
            return ImageList.Is(path) ? new(LabelledList.Open(path, pathOrName), null)
                : throw new ImageDataException($"{pathOrName} is a file; labels need a folder with one folder per class, IDX images beside "
                    + $"their labels, or a {ImageList.Extension} file of path,label.");
        if (IdxFolder.Is(path)) return LabelledIdx.Open(path, pathOrName, pathOrName == "fashion-mnist" ? FashionMnist : null);
        if (RecordFolder.Find(path) is { } records) return LabelledRecords.Open(records, path, pathOrName);
        if (Parts(path) is not { } parts)
        {
            ImageSources.RefuseSplitsBelow(path);
            return new(ClassFolder.Open(path, pathOrName), null);
        }
        var training = ClassFolder.Open(parts.Train, pathOrName);
        return new(training, parts.Test is { } test ? ClassFolder.Open(test, pathOrName + " (test)", training.Classes) : null);
    }

    /// <summary>The training part alone; where test images lie in a folder of their own, nothing looks into it.</summary>
    public static LabelledImages OpenTraining(string pathOrName) =>
        Parts(KnownData.Resolve(pathOrName)) is { } parts ? ClassFolder.Open(parts.Train, pathOrName) : Open(pathOrName).Train;

    /// <summary>Folders of class folders in a folder of both, or null.</summary>
    private static (string Train, string? Test)? Parts(string path) =>
        IsFolderOfFolders(path) && ImageSources.TrainFolder(path) is { } train ? (train, ImageSources.TestFolder(path)) : null;

    private static bool IsFolderOfFolders(string path) => Directory.Exists(path) && !IdxFolder.Is(path) && RecordFolder.Find(path) is null;

    /// <summary>The training images of one, and of another those to test on: its test part, or all where it has none.</summary>
    /// <param name="test">Null for the first's own test part.</param>
    /// <exception cref="ImageDataException">Both are the same images, or the test images have a class that training does not
    /// have.</exception>
    public static LabelledSplits Open(string pathOrName, string? test)
    {
        if (test is null) return Open(pathOrName);
        var training = OpenTraining(pathOrName);
        var testing = OpenTesting(test, training.Classes);
        if (testing.Images.Hash() == training.Images.Hash())
            throw new ImageDataException($"{test} holds the images that the labels are drawn from; accuracy on them says nothing. Name "
                + "other images with --test.");
        return new(training, testing);
    }

    /// <summary>
    /// Images to measure on, labelled with classes that are known from training: the test part where there is one, else all. They may be of
    /// a single class.
    /// </summary>
    /// <exception cref="ImageDataException">A class is none of those known.</exception>
    public static LabelledImages OpenTesting(string pathOrName, string[] training)
    {
        var path = KnownData.Resolve(pathOrName);
        if (File.Exists(path) && ImageList.Is(path)) return LabelledList.Open(path, pathOrName, training);
        if (IsFolderOfFolders(path) && Parts(path) is null) return ClassFolder.Open(path, pathOrName, training);
        var splits = Open(pathOrName);
        return (splits.Test ?? splits.Train).Among(training);
    }
}
