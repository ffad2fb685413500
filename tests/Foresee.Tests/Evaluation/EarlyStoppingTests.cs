using Foresee.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

public sealed class EarlyStoppingTests
{
    private static Tensor Weight(float value) => Tensor.From<float>([value]);

    [Fact]
    public void The_weights_of_the_best_measurement_come_back()
    {
        using var scope = TensorScope.Begin();
        var weight = Weight(0);
        using var stopping = new EarlyStopping([weight], patience: 9);
        foreach (var (value, accuracy) in new[] { (1f, 50.0), (2f, 70.0), (3f, 60.0), (4f, 70.0), (5f, 69.9) })
        {
            weight.Fill_(value);
            Assert.True(stopping.GoOn(accuracy));
        }
        stopping.Restore();
        Assert.Equal([4f], weight.ToArray<float>()); // of equal ones the later
    }

    [Fact]
    public void It_ends_after_as_many_worse_measurements_in_a_row_as_patience()
    {
        using var scope = TensorScope.Begin();
        using var stopping = new EarlyStopping([Weight(0)], patience: 3);
        Assert.Equal([true, true, true, true, true, true, false], new[] { 50.0, 49, 48, 50, 49, 49, 49 }.Select(stopping.GoOn));
    }

    [Fact]
    public void The_same_share_of_each_class_is_held_and_nothing_is_in_both_parts()
    {
        int[] labels = [.. Enumerable.Range(0, 300).Select(i => i < 200 ? 0 : 1)];
        var (learnt, held) = EarlyStopping.Split(labels, 0.1, least: 30, seed: 3);
        Assert.Equal([20, 10], [held.Count(i => labels[i] == 0), held.Count(i => labels[i] == 1)]);
        Assert.Equal(Enumerable.Range(0, 300), learnt.Concat(held).Order());
    }

    [Fact]
    public void The_only_image_of_a_class_is_learnt_from()
    {
        int[] labels = [.. Enumerable.Repeat(0, 300), 1];
        var (learnt, held) = EarlyStopping.Split(labels, 0.1, least: 30, seed: 3);
        Assert.Contains(300, learnt);
        Assert.Equal(30, held.Length);
    }

    [Fact]
    public void Few_labels_are_all_learnt_from()
    {
        int[] labels = [.. Enumerable.Range(0, 198).Select(i => i % 2)];
        var (learnt, held) = EarlyStopping.Split(labels, 0.1, least: 20, seed: 3); // 19.8
        Assert.Equal((198, 0), (learnt.Length, held.Length));
    }
}
