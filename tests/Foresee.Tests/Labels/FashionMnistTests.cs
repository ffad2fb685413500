using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Images;

namespace Foresee.Tests.Labels;

public sealed class FashionMnistTests
{
    [Fact]
    public void The_known_name_opens_debians_package()
    {
        var splits = LabelledSources.Open("fashion-mnist");
        Assert.Equal((60_000, 10_000), (splits.Train.Images.Count, splits.Test!.Images.Count));
        Assert.Equal(Enumerable.Repeat(6_000, 10), splits.Train.Counts());
        Assert.Equal(Enumerable.Repeat(1_000, 10), splits.Test.Counts());
        Assert.Equal([9, 2, 1, 1, 6, 1, 4, 6, 5, 7], splits.Test.Labels[..10]);
        Assert.Equal("Ankle boot", splits.Test.Classes[9]);

        // Mean and deviation of the training pixels as published (0.2860, 0.3530 of 255).
        var images = (IdxImages)splits.Train.Images;
        double sum = 0, squares = 0;
        for (var i = 0; i < images.Count; i++)
            foreach (var value in images.Pixels(i))
                (sum, squares) = (sum + value, squares + (double)value * value);
        var mean = sum / (60_000 * 784.0);
        Assert.Equal(0.2860, mean / 255, 4);
        Assert.Equal(0.3530, Math.Sqrt(squares / (60_000 * 784.0) - mean * mean) / 255, 4);
    }

    [Fact]
    public void Without_the_package_the_error_says_how_to_install_it() =>
        Assert.Contains("apt-get install dataset-fashion-mnist",
            Assert.Throws<ImageDataException>(() => KnownData.Folder("fashion-mnist", "/nowhere")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_known_name_is_looked_for_among_debians_and_among_what_was_fetched()
    {
        using var scratch = new Scratch();
        string Message(string name) => Assert.Throws<ImageDataException>(() => KnownData.Folder(name, "/nowhere", scratch.Folder)).Message;
        Assert.Equal($"cifar10 is not in {scratch.Folder}; get it: ./foresee data get cifar10, or name the folder that holds it.",
            Message("cifar10"));
        Assert.Contains("./foresee data get fashion-mnist", Message("fashion-mnist"), StringComparison.Ordinal);
        Directory.CreateDirectory(scratch.At("cifar10"));
        Assert.Equal(scratch.At("cifar10"), KnownData.Folder("cifar10", "/nowhere", scratch.Folder));
    }
}
