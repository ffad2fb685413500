using Foresee.Images;
using Foresee.Labels;
using Foresee.Reports;
using Foresee.Studies.LayerTransfer;
using Foresee.Tests.Evaluation;
using Foresee.Torch;

namespace Foresee.Tests.Studies.LayerTransfer;

public sealed class LayerTransferTests
{
    private static readonly string[] names = ["a", "b", "c", "d", "e"];

    /// <summary>Held layers: the same numbers after a step, no gradient, and norms that keep their statistics.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Layers_that_are_taken_are_those_of_the_other_and_stay_so_unless_they_learn(bool learning)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var from = new LayeredNetwork(1, 3, generator);
        using var network = new LayeredNetwork(1, 2, generator);
        var x = Tensor.RandN([6, 1, 16, 16], generator);
        from.Learn();
        for (var i = 0; i < 3; i++) from.Forward(x); // moves the statistics
        from.Train(false);
        network.Take(from, 2, learning);
        network.Learn();
        var before = network.State().ToDictionary(t => t.Name, t => t.Value.Clone());
        foreach (var (name, tensor) in from.State().Where(t => t.Name.StartsWith("layer1.", StringComparison.Ordinal)
            || t.Name.StartsWith("layer2.", StringComparison.Ordinal)))
            Assert.Equal(tensor.ToArray<float>(), before[name].ToArray<float>());
        Assert.Equal(learning ? 6 * 3 + 2 : 4 * 3 + 2, network.Parameters().Count()); // weight, norm's weight and bias; the head
        network.Forward(x).Square().Sum().Backward();
        Assert.Equal(learning, network.Parameters().Any(p => p.Name == "layer1.convolution.weight" && p.Value.Grad is not null));
        Assert.All(network.Parameters(), p => Assert.NotNull(p.Value.Grad));
        foreach (var (name, tensor) in network.State().Where(t => t.Name.EndsWith("running_mean", StringComparison.Ordinal)))
            Assert.Equal(learning || string.CompareOrdinal(name, "layer3") >= 0,
                !before[name].ToArray<float>().SequenceEqual(tensor.ToArray<float>()));
    }

    [Fact]
    public void Halves_are_by_name_or_by_the_seed_and_faults_are_told()
    {
        Assert.Equal([true, false, false, true, false], new LayerTransferPlan { First = ["d", "a"] }.InFirst(names, 0));
        var random = new LayerTransferPlan();
        Assert.Equal(2, random.InFirst(names, 3).Count(first => first));
        Assert.Equal(random.InFirst(names, 3), random.InFirst(names, 3));
        Assert.True(Enumerable.Range(0, 9).Select(seed => string.Concat(random.InFirst(names, seed))).Distinct().Count() > 3);
        Assert.Contains("There is no class 'x'", Assert.Throws<ImageDataException>(() =>
            new LayerTransferPlan { First = ["a", "x"] }.InFirst(names, 0)).Message, StringComparison.Ordinal);
        Assert.Contains("got 4 of 5 in A", Assert.Throws<ImageDataException>(() =>
            new LayerTransferPlan { First = ["a", "b", "c", "d"] }.InFirst(names, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_measures_every_treatment_of_every_layer_draws_it_and_goes_on()
    {
        int[] labels = [.. Enumerable.Range(0, 80).Select(i => i % 4)];
        var images = new LabelledImages(new PaintedImages(80, 16, (i, pixels) =>
        {
            for (var p = 0; p < pixels.Length; p++) pixels[p] = (byte)(60 * (i % 4) + (7 * i + 13 * p) % 40);
        }), labels, ["a", "b", "c", "d"]);
        var input = new InputFormat(16, 16, 1) { Mean = [0.5], Std = [0.3] };
        var data = new LabelledSplits(images, images.Only([.. Enumerable.Range(0, 40)], "asked"));
        var plan = new LayerTransferPlan { Steps = 12, BatchSize = 8 };
        var living = LivingTensors.Settled();
        List<Foresee.Evaluation.EvaluationResult> rows;
        using (var study = new LayerTransferStudy(data, input, plan)) rows = [.. study.Run([])];
        Assert.Equal(living, Tensor.Living);
        Assert.Equal(1 + 6 * 6, rows.Count);
        Assert.Equal(["base B", "BnB, 1"], rows.Take(2).Select(row => row.Protocol));
        Assert.InRange(rows.Single(row => row.Protocol == "probe B, 1").Value, 90, 100); // two greys
        using (var study = new LayerTransferStudy(data, input, plan)) Assert.Equal(rows, study.Run(rows));
        var chart = LayerTransferChart.Of(rows);
        Assert.Equal(["BnB", "AnB", "BnB+", "AnB+", "probe B", "probe A"], chart.Series.Select(series => series.Name));
        var svg = System.Xml.Linq.XDocument.Parse(LinesPlot.Render("title", "remark", chart));
        Assert.Equal(36, svg.Descendants().Count(element => element.Name.LocalName == "circle"));
        Assert.Equal(1, svg.Descendants().Count(element => (string?)element.Attribute("class") == "level"));
    }
}
