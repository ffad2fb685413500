using System.Globalization;
using Foresee.Detection;
using Foresee.Images;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Detection;

/// <summary>What torchvision computed (make_detection_fixtures.py).</summary>
public sealed class AgainstTorchvisionTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private readonly TensorScope scope = TensorScope.Begin();
    private readonly SafetensorsContent file =
        Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "detection.safetensors"));

    public void Dispose()
    {
        file.Dispose();
        scope.Dispose();
    }

    [Theory]
    [InlineData(7, 2, true)]
    [InlineData(3, 0, true)]
    [InlineData(2, 1, true)]
    [InlineData(7, 2, false)]
    [InlineData(3, 0, false)]
    public void RoiAlign_and_its_gradient_are_torchvisions(int size, int samples, bool aligned)
    {
        var name = $"roi/{size},{samples},{(aligned ? 1 : 0)}";
        var map = file.Tensors["roi/feature"].Clone();
        map.RequiresGrad = true;
        var pooled = RoiAlign.Pool(map, Boxes("roi/regions"), 1 / 8.0, size, samples, aligned);
        Near(file.Tensors[$"{name}/out"], pooled);
        (pooled * file.Tensors[$"{name}/weight"]).Sum().Backward();
        Near(file.Tensors[$"{name}/gradient"], map.Grad!);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void Suppression_keeps_what_torchvision_keeps(double threshold)
    {
        var (boxes, scores) = (Boxes("nms/boxes"), file.Tensors["nms/scores"].ToArray<float>());
        var name = threshold.ToString(CultureInfo.InvariantCulture);
        Assert.Equal(file.Tensors[$"nms/{name}"].ToArray<long>(), NonMaximumSuppression.Keep(boxes, scores, threshold).Select(i => (long)i));
        int[] groups = [.. file.Tensors["nms/groups"].ToArray<long>().Select(group => (int)group)];
        Assert.Equal(file.Tensors[$"nms/{name}/groups"].ToArray<long>(),
            NonMaximumSuppression.Keep(boxes, scores, threshold, groups).Select(i => (long)i));
    }

    [Fact]
    public void Overlaps_and_the_code_of_boxes_are_torchvisions()
    {
        var (boxes, references, deltas) = (Boxes("code/boxes"), Boxes("code/references"), Boxes("code/deltas"));
        var overlaps = file.Tensors["code/overlaps"].ToArray<float>();
        for (var i = 0; i < 40; i++)
            for (var j = 0; j < 40; j++) Assert.Equal(overlaps[40 * i + j], Box.Overlap(boxes[i], references[j]), Tolerance);
        var (encoded, decoded) = (Boxes("code/encoded"), Boxes("code/decoded"));
        for (var i = 0; i < 40; i++)
        {
            var code = BoxCode.Regions.Encode(boxes[i], references[i]);
            Near(encoded[i], new(code.X, code.Y, code.Width, code.Height));
            var delta = deltas[i];
            Near(decoded[i], BoxCode.Regions.Decode(new(delta.Left, delta.Top, delta.Right, delta.Bottom), references[i]));
        }
    }

    [Theory]
    [InlineData(0.7, 0.3, true)]
    [InlineData(0.5, 0.5, false)]
    [InlineData(0.4, 0.2, false)]
    public void Candidates_stand_for_the_objects_that_torchvision_says(double high, double low, bool keepBest)
    {
        var (given, overlaps) = (file.Tensors["match/overlaps"].ToArray<float>(), new double[6, 150]);
        for (var i = 0; i < given.Length; i++) overlaps[i / 150, i % 150] = given[i];
        var name = FormattableString.Invariant($"match/{high},{low},{(keepBest ? 1 : 0)}");
        Assert.Equal(file.Tensors[name].ToArray<long>(),
            BoxMatching.Match(overlaps, (float)high, (float)low, keepBest).Select(i => (long)i));
    }

    [Fact]
    public void Proposals_learn_by_torchvisions_loss()
    {
        var (logits, deltas) = (Learning("proposals/logits"), Learning("proposals/deltas"));
        DetectionTarget Target(int image) => new(Boxes($"proposals/truth{image}"), [], new(200, 200));
        var loss = DetectorLosses.OfProposals(new(logits.Reshape(2, 120), deltas.Reshape(2, 120, 4)), Boxes("proposals/anchors"),
            [Target(0), Target(1)], new() { AnchorsPerImage = 10000 }, new SeededOrder(1));
        Near(file.Tensors["proposals/objectness"], loss.Objectness);
        Near(file.Tensors["proposals/boxes"], loss.Boxes);
        (loss.Objectness + loss.Boxes).Backward();
        Near(file.Tensors["proposals/dlogits"], logits.Grad!);
        Near(file.Tensors["proposals/ddeltas"], deltas.Grad!);
    }

    [Fact]
    public void The_proposals_that_stay_are_torchvisions()
    {
        var (logits, deltas) = (file.Tensors["proposals/logits"].ToArray<float>(), file.Tensors["proposals/deltas"].ToArray<float>());
        foreach (var (image, size) in new CanvasSize[] { new(110, 80), new(100, 90) }.Index())
        {
            var kept = ProposalSelection.Of(logits.AsSpan(120 * image, 120), deltas.AsSpan(480 * image, 480), Boxes("proposals/anchors"), [90, 30],
                new() { ProposalsPerMap = 40 }, size, most: 30);
            var expected = Boxes($"proposals/kept{image}");
            Assert.Equal(expected.Length, kept.Length);
            foreach (var (a, b) in expected.Zip(kept)) Near(a, b);
        }
    }

    [Fact]
    public void Regions_learn_by_torchvisions_loss()
    {
        var (logits, deltas) = (Learning("regions/logits"), Learning("regions/deltas"));
        int[] classes = [.. file.Tensors["regions/classes"].ToArray<long>().Select(c => (int)c - 1)];
        DetectorOptions all = new() { RegionsPerImage = 10000 };
        var regions = DrawnRegions.From(Boxes("regions/boxes"), new(Boxes("regions/truth"), classes, new(200, 200)), all, new SeededOrder(1));
        Assert.Equal(60, regions.Boxes.Count);
        // They were drawn, so they stand in another order.
        long[] order = [.. regions.Boxes.Select(box => (long)Array.IndexOf(Boxes("regions/boxes"), box))];
        var loss = DetectorLosses.OfRegions(logits.IndexSelect(0, Tensor.From(order)),
            deltas.IndexSelect(0, Tensor.From(order)).Reshape(60, 3, 4), [regions]);
        Near(file.Tensors["regions/classification"], loss.Classes);
        Near(file.Tensors["regions/regression"], loss.Boxes);
        (loss.Classes + loss.Boxes).Backward();
        Near(file.Tensors["regions/dlogits"], logits.Grad!);
        Near(file.Tensors["regions/ddeltas"], deltas.Grad!);
    }

    [Fact]
    public void The_objects_that_are_told_are_torchvisions()
    {
        var scores = file.Tensors["regions/logits"].Softmax(1).ToArray<float>();
        var found = ObjectSelection.Of(Boxes("regions/boxes"), scores, file.Tensors["regions/deltas"].ToArray<float>(), 3, new(110, 80),
            new() { MostObjects = 20 });
        Assert.Equal(file.Tensors["regions/names"].ToArray<long>(), found.Select(o => o.Class + 1L));
        foreach (var (expected, o) in Boxes("regions/found").Zip(found)) Near(expected, o.Box);
        foreach (var (expected, o) in file.Tensors["regions/scores"].ToArray<float>().Zip(found)) Assert.Equal(expected, o.Score, Tolerance);
    }

    private Tensor Learning(string name)
    {
        var tensor = file.Tensors[name].Clone();
        tensor.RequiresGrad = true;
        return tensor;
    }

    private Box[] Boxes(string name) =>
        [.. file.Tensors[name].ToArray<float>().Chunk(4).Select(side => new Box(side[0], side[1], side[2], side[3]))];

    private static void Near(Box expected, Box found)
    {
        double[] a = [expected.Left, expected.Top, expected.Right, expected.Bottom], b = [found.Left, found.Top, found.Right, found.Bottom];
        for (var i = 0; i < 4; i++) Assert.InRange(Math.Abs(a[i] - b[i]), 0, Tolerance * Math.Max(1, Math.Abs(a[i])));
    }

    private static void Near(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.Shape, found.Shape);
        Assert.InRange((expected - found).Abs().Max().ToDouble(), 0, Tolerance);
    }
}
