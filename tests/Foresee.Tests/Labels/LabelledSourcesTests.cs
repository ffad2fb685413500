using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Images;

namespace Foresee.Tests.Labels;

public sealed class LabelledSourcesTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private string Message() => Assert.Throws<ImageDataException>(() => LabelledSources.Open(scratch.Folder)).Message;

    [Fact]
    public void Class_folders_give_labels_in_ordinal_order()
    {
        scratch.Png("dog/a.png");
        scratch.Png("cat/deep/b.png");
        scratch.Png("cat/a.png");
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Null(splits.Test);
        Assert.Equal(["cat", "dog"], splits.Train.Classes);
        Assert.Equal([0, 0, 1], splits.Train.Labels);
        Assert.Equal([2, 1], splits.Train.Counts());
        Assert.Equal(scratch.At("dog/a.png"), splits.Train.Images.Describe(2));
    }

    [Fact]
    public void Labels_stay_with_their_images_when_some_cant_be_read_and_lost_classes_are_named()
    {
        foreach (var file in new[] { "ant/1.png", "bee/2.png", "cat/3.png", "cat/4.png" }) scratch.Png(file);
        scratch.Write("ant/0.png", [0]);
        scratch.Write("bee/2.png", [0]);
        var labelled = LabelledSources.Open(scratch.Folder).Train.Readable(new(4, 4, 1));
        Assert.Equal([0, 2, 2], labelled.Labels);
        Assert.Equal(["1.png", "3.png", "4.png"], Enumerable.Range(0, 3).Select(i => Path.GetFileName(labelled.Images.Describe(i))));
        Assert.Equal([scratch.At("ant/0.png"), scratch.At("bee/2.png")], labelled.Skipped.Select(image => image.File));
        Assert.Equal(["bee"], labelled.Lost);
        Assert.Equal(["ant", "bee", "cat"], labelled.Classes);
    }

    [Theory]
    [InlineData("Train", "Test")]
    [InlineData("TRAIN", "Val")]
    [InlineData("training", "testing")]
    public void Parts_are_known_by_their_names_in_capitals_too(string train, string test)
    {
        foreach (var file in new[] { $"{train}/cat/1.png", $"{train}/dog/2.png", $"{test}/dog/3.png" }) scratch.Png(file);
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Equal((2, 1), (splits.Train.Images.Count, splits.Test!.Images.Count));
        Assert.Equal(2, ImageSources.Open(scratch.Folder).Count); // pretraining sees no test image
    }

    [Fact]
    public void ImageNets_test_folder_without_classes_is_passed_over()
    {
        foreach (var file in new[] { "train/cat/1.png", "train/dog/2.png", "val/dog/3.png", "val/cat/4.png", "test/5.png",
            "more/dog/6.png" }) scratch.Png(file);
        Assert.Equal([0, 1], LabelledSources.Open(scratch.Folder).Test!.Labels);
        Directory.Delete(scratch.At("val"), recursive: true);
        Assert.Contains("beside its class folders", Message(), StringComparison.Ordinal);
        Assert.Equal(2, LabelledSources.OpenTraining(scratch.Folder).Images.Count);
        Assert.Equal([1], LabelledSources.Open(scratch.Folder, scratch.At("more")).Test!.Labels); // one class only, and known
    }

    [Theory]
    [InlineData("test")]
    [InlineData("val")]
    public void Train_and_test_share_their_classes(string test)
    {
        foreach (var file in new[] { "train/cat/1.png", "train/dog/2.png", "train/eel/3.png", $"{test}/eel/4.png", $"{test}/dog/5.png" })
            scratch.Png(file);
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Equal([0, 1, 2], splits.Train.Labels);
        Assert.Equal([1, 2], splits.Test!.Labels);
        Assert.Equal(splits.Train.Classes, splits.Test.Classes);
        scratch.Png($"{test}/fox/6.png");
        Assert.Contains("the class 'fox', which training does not have; classes of training: cat, dog, eel; of ", Message(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Training_classes_beside_images_without_labels_need_no_test_part()
    {
        foreach (var file in new[] { "train/cat/1.png", "train/dog/2.png", "unsup/3.png" }) scratch.Png(file);
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Null(splits.Test);
        Assert.Equal(["cat", "dog"], splits.Train.Classes);
        Assert.Equal(3, ImageSources.Open(scratch.Folder).Count);
        Assert.Equal(1, ImageSources.OpenUnlabelled(scratch.Folder)!.Count);
    }

    [Fact]
    public void One_class_no_class_and_no_images_are_errors()
    {
        Assert.Contains("holds no images", Message(), StringComparison.Ordinal);
        scratch.Png("cat/1.png");
        Assert.Contains("one class only (cat)", Message(), StringComparison.Ordinal);
        scratch.Png("loose.png");
        Assert.Contains("beside its class folders (loose.png)", Message(), StringComparison.Ordinal);
        Assert.Contains("no folder", Assert.Throws<ImageDataException>(() => LabelledSources.Open(scratch.At("none"))).Message,
            StringComparison.Ordinal);
        Assert.Contains("is a file", Assert.Throws<ImageDataException>(() => LabelledSources.Open(scratch.At("loose.png"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_one_level_further_down_are_named_as_what_was_probably_meant()
    {
        foreach (var file in new[] { "train/cat/1.png", "train/dog/2.png" }) scratch.Png(file);
        Assert.Contains($"one class only (train); telling classes apart needs at least two folders with images. If the 2 folders in it are "
            + $"the classes, name {scratch.At("train")}.", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void Image_wang_draws_labels_from_train_tests_on_val_and_pretrains_on_train_and_unsup()
    {
        foreach (var file in new[] { "train/cat/1.png", "train/dog/2.png", "train/eel/3.png", "unsup/n1.png", "unsup/deep/n2.png",
            "val/dog/4.png" }) scratch.Png(file);
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Equal([0, 1, 2], splits.Train.Labels);
        Assert.Equal([1], splits.Test!.Labels); // fewer classes than training has
        string[] Files(IImageSource images) => [.. Enumerable.Range(0, images.Count)
            .Select(i => Path.GetRelativePath(scratch.Folder, images.Describe(i)))];
        Assert.Equal(["train/cat/1.png", "train/dog/2.png", "train/eel/3.png"], Files(splits.Train.Images));
        Assert.Equal(["train/cat/1.png", "train/dog/2.png", "train/eel/3.png", "unsup/deep/n2.png", "unsup/n1.png"],
            Files(ImageSources.Open(scratch.Folder)));
        Assert.Equal(["unsup/deep/n2.png", "unsup/n1.png"], Files(ImageSources.OpenUnlabelled(scratch.Folder)!));
    }

    [Fact]
    public void Test_images_of_another_place_get_the_class_numbers_of_training()
    {
        foreach (var file in new[] { "a/cat/1.png", "a/dog/2.png", "a/eel/3.png" }) scratch.Png(file, 1);
        foreach (var file in new[] { "b/dog/4.png", "b/eel/5.png", "c/dog/6.png", "c/fox/7.png" }) scratch.Png(file, 2);
        Assert.Equal([1, 2], LabelledSources.Open(scratch.At("a"), scratch.At("b")).Test!.Labels);
        string Refused(string test) => Assert.Throws<ImageDataException>(() =>
            LabelledSources.Open(scratch.At("a"), scratch.At(test))).Message;
        Assert.Contains("the class 'fox', which training does not have; classes of training: cat, dog, eel; of ", Refused("c"),
            StringComparison.Ordinal);
        Assert.Contains("accuracy on them says nothing", Refused("a"), StringComparison.Ordinal);
    }

    [Fact]
    public void Idx_images_need_as_many_labels_of_known_classes()
    {
        scratch.Idx("train-images-idx3-ubyte", [3, 1, 1], [1, 2, 3]);
        Assert.Contains("no labels for it", Message(), StringComparison.Ordinal);
        scratch.Idx("train-labels-idx1-ubyte.gz", [2], [0, 1]);
        Assert.Contains("has 2 labels for the 3 images", Message(), StringComparison.Ordinal);
        scratch.Idx("train-labels-idx1-ubyte.gz", [3], [1, 1, 1]);
        Assert.Contains("one class only", Message(), StringComparison.Ordinal);
        scratch.Idx("train-labels-idx1-ubyte.gz", [3], [0, 2, 1]);
        var splits = LabelledSources.Open(scratch.Folder);
        Assert.Equal([0, 2, 1], splits.Train.Labels);
        Assert.Equal(["0", "1", "2"], splits.Train.Classes);
        Assert.Null(splits.Test);
        scratch.Idx("t10k-images-idx3-ubyte", [1, 1, 1], [9]);
        scratch.Idx("t10k-labels-idx1-ubyte", [1], [3]);
        Assert.Contains("has the label 3, but its classes go from 0 to 2", Message(), StringComparison.Ordinal);
    }
}
