using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Images;

namespace Foresee.Tests.Labels;

public sealed class LabelledRecordsTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private LabelledSplits Open() => LabelledSources.Open(scratch.Folder);

    private string Message() => Assert.Throws<ImageDataException>(Open).Message;

    private static IEnumerable<string> Names(LabelledImages images) => images.Labels.Select(label => images.Classes[label]);

    [Fact]
    public void CIFAR_10_has_its_label_before_the_pixels()
    {
        Records.WriteCifar10(scratch);
        var (train, test) = (Open().Train, Open().Test!);
        Assert.Equal(["ship", "frog", "ship", "frog"], Names(train));
        Assert.Equal(["ship", "frog"], Names(test));
        Assert.Equal([Records.Pixels(4, 32), Records.Pixels(5, 32)], Records.Read(test.Images));
        File.Delete(scratch.At("batches.meta.txt"));
        Assert.Equal(["0", "1"], Open().Train.Classes);
        File.Delete(scratch.At("test_batch.bin"));
        Assert.Null(Open().Test);
    }

    [Fact]
    public void CIFAR_100_gives_its_fine_labels()
    {
        Records.WriteCifar100(scratch);
        Assert.Equal(["cloud", "apple"], Names(Open().Train));
        Assert.Equal(["bear"], Names(Open().Test!));
    }

    [Fact]
    public void STL_10_counts_its_classes_from_1_and_labels_none_of_the_unlabelled()
    {
        Records.WriteStl10(scratch);
        Assert.Equal(2, Open().Train.Images.Count);
        Assert.Equal(["monkey", "cat"], Names(Open().Train));
        Assert.Equal(["cat"], Names(Open().Test!));
    }

    [Fact]
    public void STL_10_labels_that_do_not_fit_are_refused()
    {
        Records.WriteStl10(scratch);
        scratch.Write("train_y.bin", [1, 2, 1]);
        Assert.Contains("train_y.bin has 3 labels for the 2 images of train_X.bin", Message(), StringComparison.Ordinal);
        scratch.Write("train_y.bin", [1, 0]);
        Assert.Contains("has the label 0 for image 1; STL-10 counts its classes from 1", Message(), StringComparison.Ordinal);
        scratch.Write("train_y.bin", [1, 3]);
        Assert.Contains("has the label 2, but its classes go from 0 to 1", Message(), StringComparison.Ordinal);
        File.Delete(scratch.At("train_y.bin"));
        Assert.Contains("train_X.bin has no labels beside it", Message(), StringComparison.Ordinal);
        File.Delete(scratch.At("train_X.bin"));
        Assert.Contains("images without labels only", Message(), StringComparison.Ordinal);
    }

    [Fact]
    public void One_class_only_is_refused()
    {
        Records.WriteCifar10(scratch);
        scratch.Write("data_batch_1.bin", Records.Cifar(0, 1));
        scratch.Write("data_batch_2.bin", Records.Cifar(3, 1));
        Assert.Contains("one class only", Message(), StringComparison.Ordinal);
    }
}
