using Foresee.Evaluation;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Tests.Evaluation;

namespace Foresee.Tests.Labels;

public sealed class ValidationSplitTests
{
    /// <summary>Class i % 3 for image i; image i has the value i.</summary>
    private static LabelledImages Three(int count) =>
        new(new PaintedImages(count, 4), [.. Enumerable.Range(0, count).Select(i => i % 3)], ["a", "b", "c"]);

    [Fact]
    public void The_last_sixth_of_each_class_is_held_out()
    {
        var split = ValidationSplit.Of(Three(36).Labels); // 12 of each class, 2 held
        Assert.Equal([30, 31, 32, 33, 34, 35], split.Held);
        Assert.Equal(Enumerable.Range(0, 30), split.Pool);
        Assert.Equal([2, 4], ValidationSplit.Of([0, 0, 0, 1, 1]).Held); // at least one of each
    }

    [Fact]
    public void More_than_the_limit_are_taken_evenly_and_the_others_left_aside()
    {
        var split = ValidationSplit.Of(Three(36).Labels, limit: 3);
        Assert.Equal([30, 32, 34], split.Held);
        Assert.Equal(Enumerable.Range(0, 30), split.Pool);
    }

    [Fact]
    public void A_balanced_one_holds_out_as_many_of_each_class()
    {
        int[] labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2, 2, 2, 2, 2, 2]; // 8, 3 and 6: a third of 3
        var split = ValidationSplit.Balanced(labels);
        Assert.Equal([9, 10, 16], split.Held);
        Assert.Equal(Enumerable.Range(0, 17).Except([9, 10, 16]), split.Pool);
        Assert.Equal(split.Held.Length, new LabelledSplits(new(new PaintedImages(17, 4), labels, ["a", "b", "c"]), null)
            .Validating(balanced: true).Test!.Images.Count);
    }

    [Fact]
    public void Validating_puts_training_images_in_the_place_of_test_images()
    {
        var fit = new InputFormat(4, 4, 1);
        var data = new LabelledSplits(Three(36), Three(90)).Validating();
        var (train, held) = (data.Train, data.Test!);
        Assert.Equal((30, 6), (train.Images.Count, held.Images.Count));
        Assert.Equal(Enumerable.Range(30, 6), Enumerable.Range(0, 6).Select(i => (int)held.Images.Read(i, fit).Pixels[0]));
        Assert.Equal([0, 1, 2, 0, 1, 2], held.Labels);
        Assert.Equal("painted[31]", held.Images.Describe(1));
        Assert.Equal("painted (validation)", train.Images.Name);
        Assert.Equal(3, new[] { train, held, Three(36) }.Select(part => part.Images.Hash()).Distinct().Count());
        var planes = new byte[fit.Bytes];
        held.Images.ReadPlanes(5, fit, planes);
        Assert.All(planes, value => Assert.Equal(35, value));
    }

    [Fact]
    public void The_search_of_the_rival_holds_out_the_same_images()
    {
        var (_, held) = ValidationSplit.Of(Three(36).Labels, new BaselineTuningOptions().ValidationShare,
            new BaselineTuningOptions().ValidationLimit);
        Assert.Equal(ValidationSplit.Of(Three(36).Labels).Held, held);
    }

    [Fact]
    public void A_class_with_one_image_is_named()
    {
        var data = new LabelledSplits(new(new PaintedImages(5, 4), [0, 0, 1, 2, 2], ["a", "b", "c"]), null);
        Assert.Contains("'b'", Assert.Throws<ImageDataException>(() => data.Validating()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cifar10", "test")]
    [InlineData("cifar10 (validation)", "validation")]
    public void A_result_tells_what_it_was_measured_on(string data, string expected) =>
        Assert.Equal(expected, new EvaluationResult(data, "r", "linear", "all", 0, 50, 1).MeasuredOn);
}
