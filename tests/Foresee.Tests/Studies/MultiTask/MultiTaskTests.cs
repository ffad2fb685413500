using Foresee.Images;
using Foresee.Labels;
using Foresee.Studies.MultiTask;
using Foresee.Tests.Evaluation;
using Foresee.Torch;
using Foresee.Torch.Optimisers;

namespace Foresee.Tests.Studies.MultiTask;

public sealed class MultiTaskTests
{
    /// <summary>d/dL = e^{-s}, d/ds = -e^{-s} L + 1/2, at s = -0.5.</summary>
    [Fact]
    public void Total_and_gradients_are_those_of_the_formula()
    {
        using var scope = TensorScope.Begin();
        using var weights = new UncertaintyWeights(2);
        var losses = Tensor.From(new[] { 2f, 0.25f });
        losses.RequiresGrad = true;
        var total = weights.Forward(losses);
        total.Backward();
        var one = Math.Exp(0.5);
        Assert.Equal(2.25 * one - 0.5, total.ToDouble(), 1e-6);
        Assert.Equal([one, one], losses.Grad!.ToArray<double>(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal([0.5 - 2 * one, 0.5 - 0.25 * one], weights.Parameters().Single().Value.Grad!.ToArray<double>(),
            (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Weights_settle_at_one_over_twice_the_loss_and_stay_bounded()
    {
        using var weights = new UncertaintyWeights(3);
        using var losses = Tensor.From(new[] { 2f, 0.1f, 0f });
        using var sgd = new Adam(weights.Parameters(), 0.1);
        for (var step = 0; step < 600; step++)
        {
            using var scope = TensorScope.Begin();
            sgd.ZeroGrad();
            weights.Forward(losses).Backward();
            sgd.Step();
        }
        Assert.Equal([0.25, 5], weights.Weights()[..2], (a, b) => Math.Abs(a - b) < 0.01 * a);
        Assert.Equal(Math.Exp(10), weights.Weights()[2], 1);
    }

    [Fact]
    public void Each_task_is_measured_alone_and_together_and_a_second_start_keeps_all()
    {
        int[] labels = [.. Enumerable.Range(0, 48).Select(i => i / 4 % 2)];
        var images = new LabelledImages(new PaintedImages(48, 16, (i, pixels) =>
        {
            for (var p = 0; p < pixels.Length; p++) pixels[p] = (byte)(100 * (i / 4 % 2) + (p / 16 < 8 ? 60 : 0) + (3 * i + 11 * p) % 40);
        }), labels, ["a", "b"]);
        var input = new InputFormat(16, 16, 1) { Mean = [0.5], Std = [0.3] };
        var data = new LabelledSplits(images, images.Only([.. Enumerable.Range(0, 24)], "asked"));
        var study = new MultiTaskStudy(data, input, new() { Steps = 60, BatchSize = 16 });
        var living = LivingTensors.Settled();
        var rows = study.Run([]).ToList();
        Assert.Equal(living, Tensor.Living);
        Assert.Equal(5 + 5 + 10, rows.Count);
        Assert.Equal(["single", "equal", "uncertainty"], rows.Select(row => row.Encoder).Distinct());
        Assert.InRange(rows.First(row => row is { Encoder: "equal", Protocol: "class" }).Value, 90, 100); // dark or light
        Assert.All(rows.Where(row => row.Metric == "weight"), row => Assert.True(row.Value > 0));
        Assert.Equal(rows, study.Run(rows));
        var cut = study.Run(rows[..^3]).ToList(); // stopped between the weights
        Assert.Equal(rows.Select(row => row with { Seconds = 0 }), cut.Select(row => row with { Seconds = 0 }));
    }
}
