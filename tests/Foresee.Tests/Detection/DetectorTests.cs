using Foresee.Detection;
using Foresee.Encoders;
using Foresee.Images;
using Foresee.Torch;

namespace Foresee.Tests.Detection;

public sealed class DetectorTests : IDisposable
{
    private readonly Generator generator = new(1);
    private readonly TensorScope scope = TensorScope.Begin();

    public void Dispose()
    {
        scope.Dispose();
        generator.Dispose();
    }

    private static readonly DetectionTarget Two = new([new(4, 6, 22, 22), new(40, 20, 58, 40)], [0, 1], new(64, 48));
    private static readonly DetectionTarget None = new([], [], new(64, 48));

    private Detector Make(DetectorNetwork network) => new(MadeCells.Options(network), MadeCells.Classes,
        network == DetectorNetwork.Grid ? MadeCells.Patches(generator) : MadeCells.Encoder(generator), generator);

    [Theory]
    [InlineData(DetectorNetwork.Pyramid)]
    [InlineData(DetectorNetwork.LastStage)]
    [InlineData(DetectorNetwork.Grid)]
    public void A_network_that_knows_nothing_starts_at_the_losses_of_guessing(DetectorNetwork network)
    {
        using var detector = Make(network);
        var loss = detector.LossOf(Tensor.RandN([2, 3, 48, 64], generator), [Two, None], new SeededOrder(1));
        Assert.Equal(Math.Log(2), loss.Objectness.ToDouble(), 0.05);
        Assert.Equal(Math.Log(3), loss.Classes.ToDouble(), 0.4);
        Assert.All(new[] { loss.Proposals, loss.Boxes }, part => Assert.True(part.ToDouble() > 0));
        loss.Total.Backward();
        Assert.All(detector.Parameters(), parameter => Assert.NotNull(parameter.Value.Grad));
    }

    [Fact]
    public void Of_images_without_objects_no_box_is_learnt_and_all_gradients_are_there()
    {
        using var detector = Make(DetectorNetwork.Pyramid);
        var loss = detector.LossOf(Tensor.RandN([2, 3, 48, 64], generator), [None, None], new SeededOrder(1));
        Assert.Equal((0, 0), (loss.Proposals.ToDouble(), loss.Boxes.ToDouble()));
        loss.Total.Backward();
        Assert.All(detector.Parameters(), parameter => Assert.True(parameter.Value.Grad!.IsFinite().All().ToDouble() == 1, parameter.Name));
    }

    [Fact]
    public void Proposals_learn_from_their_own_loss_alone()
    {
        using var detector = Make(DetectorNetwork.Pyramid);
        var loss = detector.LossOf(Tensor.RandN([2, 3, 48, 64], generator), [Two, Two], new SeededOrder(1));
        (loss.Classes + loss.Boxes).Backward();
        var proposals = detector.Parameters().Where(p => p.Name.StartsWith("proposals.", StringComparison.Ordinal)).ToList();
        Assert.Equal(6, proposals.Count);
        Assert.All(proposals, parameter => Assert.Null(parameter.Value.Grad));
        Assert.NotNull(detector.Parameters().First(p => p.Name == "maps.encoder.conv1.weight").Value.Grad);
    }

    /// <summary>Finite differences of the whole loss by single weights of each part.</summary>
    [Fact]
    public void The_gradient_is_that_of_the_loss()
    {
        using var detector = Make(DetectorNetwork.Pyramid);
        detector.Train(false);
        var images = Tensor.RandN([1, 3, 48, 64], generator);
        double Of() => detector.LossOf(images, [Two], new SeededOrder(1)) is var loss ? (loss.Classes + loss.Boxes).ToDouble() : 0;
        var first = detector.LossOf(images, [Two], new SeededOrder(1));
        (first.Classes + first.Boxes).Backward();
        foreach (var name in new[] { "regions.classes.bias", "regions.boxes.bias", "maps.head.second.bias" })
        {
            var weight = detector.Parameters().First(p => p.Name == name).Value;
            var gradient = weight.Grad!.ToArray<float>();
            var at = gradient.Index().MaxBy(g => Math.Abs(g.Item)).Index;
            using var noGrad = Autograd.NoGrad();
            const double Step = 1e-2;
            double Moved(double by)
            {
                weight.Data<float>()[at] += (float)by;
                var value = Of();
                weight.Data<float>()[at] -= (float)by;
                return value;
            }
            var slope = (Moved(Step) - Moved(-Step)) / (2 * Step);
            Assert.Equal(gradient[at], slope, 0.02 * Math.Abs(gradient[at]) + 1e-4);
        }
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(112, 1)]
    [InlineData(223, 1)]
    [InlineData(224, 2)]
    [InlineData(448, 3)]
    [InlineData(900, 3)]
    public void A_region_is_cut_from_the_level_of_its_size(double side, int level)
    {
        var encoder = (ConvEncoder)new ConvEncoderOptions(2, [1, 1, 1, 1], ResidualOrder.Plain, ConvStem.Large)
            .Build(new(64, 64, 3), generator);
        using var maps = new PyramidMaps(MadeCells.Options(), encoder, generator);
        Assert.Equal([4, 8, 16, 32, 64], maps.Levels.Select(l => l.Stride));
        Assert.Equal(level, maps.LevelOf(new(5, 5, 5 + side, 5 + side)));
    }

    [Theory]
    [InlineData(64, 48)]
    [InlineData(70, 50)] // odd maps
    public void Maps_have_the_strides_that_are_told(int width, int height)
    {
        using var maps = new PyramidMaps(MadeCells.Options(), (ConvEncoder)MadeCells.Encoder(generator, width, height), generator);
        foreach (var (map, level) in maps.Of(Tensor.RandN([1, 3, height, width], generator)).Zip(maps.Levels))
            Assert.Equal(((long)Math.Ceiling(height / level.Stride), (long)Math.Ceiling(width / level.Stride)), (map.Size(2), map.Size(3)));
    }

    [Fact]
    public void The_middle_of_a_patch_is_the_middle_of_its_anchors()
    {
        using var maps = new GridMaps(MadeCells.Options(DetectorNetwork.Grid), (PatchGridEncoder)MadeCells.Patches(generator), generator);
        var anchor = Assert.Single(maps.Levels).Anchors(5, 7)[(1 * 7 + 2) * maps.Levels[0].AnchorsPerPlace];
        Assert.Equal((2 * 8 + 16 / 2, 1 * 8 + 16 / 2), ((anchor.Left + anchor.Right) / 2, (anchor.Top + anchor.Bottom) / 2));
        Assert.Equal([1, 16, 5, 7], maps.Of(Tensor.RandN([1, 3, 48, 64], generator))[0].Shape);
    }

    [Fact]
    public void The_last_stage_sees_regions_and_not_the_image()
    {
        var encoder = (ConvEncoder)MadeCells.Encoder(generator);
        using var maps = new LastStageMaps(MadeCells.Options(DetectorNetwork.LastStage), encoder);
        encoder.Train(false);
        var images = Tensor.RandN([1, 3, 48, 64], generator);
        var map = maps.Of(images)[0];
        Assert.Equal([1, 16, 12, 16], map.Shape);
        // The whole map as one region is what the encoder makes of the whole image.
        var whole = encoder.Grid(images).Mean([1, 2]);
        Assert.InRange((maps.Region(map) - whole).Abs().Max().ToDouble(), 0, 1e-5);
    }

    [Fact]
    public void Encoders_without_such_maps_are_refused_in_words()
    {
        var message = Assert.Throws<ArgumentException>(() =>
            new Detector(MadeCells.Options(), ["a"], MadeCells.Patches(generator), generator)).Message;
        Assert.Contains("use the network grid instead", message, StringComparison.Ordinal);
        message = Assert.Throws<ArgumentException>(() =>
            new Detector(MadeCells.Options(DetectorNetwork.Grid), ["a"], MadeCells.Encoder(generator), generator)).Message;
        Assert.Contains("needs an encoder of patches", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DetectorNetwork.Pyramid)]
    [InlineData(DetectorNetwork.Grid)]
    public void A_detector_comes_back_from_its_file(DetectorNetwork network)
    {
        using var detector = Make(network);
        detector.Train(false);
        var path = Path.GetTempFileName();
        DetectorFile.Write(path, detector, (3, 7));
        Assert.Equal("3 of 7", DetectorFile.Unfinished(path));
        using var read = DetectorFile.Read(path);
        File.Delete(path);
        var images = Tensor.RandN([2, 3, 48, 64], generator);
        CanvasSize[] extents = [new(64, 48), new(50, 48)];
        var (before, after) = (detector.Detect(images, extents), read.Detect(images, extents));
        Assert.NotEmpty(before[0]);
        Assert.Equal(before[0], after[0]);
        Assert.Equal(before[1], after[1]);
        Assert.All(before[1], found => Assert.InRange(found.Box.Right, 0, 50)); // not into the padding
        Assert.Equal(MadeCells.Classes, read.Classes);
    }

    [Fact]
    public void Each_class_keeps_its_own_boxes_and_scores_fall()
    {
        using var detector = Make(DetectorNetwork.Pyramid);
        detector.Train(false);
        var found = detector.Detect(Tensor.RandN([1, 3, 48, 64], generator), [new(64, 48)])[0];
        Assert.Equal(found.Select(o => o.Score).OrderDescending(), found.Select(o => o.Score));
        Assert.InRange(found.Count, 2, 100);
        foreach (var (i, one) in found.Index())
            Assert.DoesNotContain(found.Take(i), other => other.Class == one.Class && Box.Overlap(other.Box, one.Box) > 0.5);
    }

    [Fact]
    public void A_lower_least_score_tells_more_boxes_and_changes_none_of_the_others()
    {
        using var detector = Make(DetectorNetwork.Pyramid);
        detector.Train(false);
        var images = Tensor.RandN([1, 3, 48, 64], generator);
        var all = detector.Detect(images, [new(64, 48)], least: 0)[0];
        var middle = all[all.Count / 2].Score;
        var few = detector.Detect(images, [new(64, 48)], least: middle)[0];
        Assert.InRange(few.Count, 1, all.Count - 1);
        Assert.Equal(all.Where(o => o.Score > middle), few);
    }
}
