using Foresee.Evaluation;
using Foresee.Evaluation.Protocols;
using Foresee.Images;
using Foresee.Labels;
using Foresee.Torch;

namespace Foresee.Tests.Evaluation;

/// <summary>Images without an upside are turned in training, unless their classes differ in how things lie.</summary>
public class OrientationTests
{
    private const int Side = 12;

    /// <summary>uint8 [n, 1, 12, 12] of noise, to which each class adds something.</summary>
    private static Tensor Noise(int count, int seed, Func<int, int, int, int>? add = null)
    {
        var random = new Random(seed);
        var pixels = new byte[count * Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (image, row, column) = (i / (Side * Side), i / Side % Side, i % Side);
            pixels[i] = (byte)Math.Clamp(random.Next(160) + (add?.Invoke(image, row, column) ?? 0), 0, 255);
        }
        return Tensor.From(pixels, count, 1, Side, Side);
    }

    private static int[] InTurn(int count, int classes) => [.. Enumerable.Range(0, count).Select(i => i % classes)];

    [Theory]
    [InlineData("above and below")]
    [InlineData("left and right")]
    [InlineData("along and across")]
    [InlineData("the one diagonal and the other")]
    public void Classes_that_lie_differently_are_known_from_three_labels_each(string what)
    {
        using var scope = TensorScope.Begin();
        int Add(int image, int row, int column) => 60 * ((what, image % 2) switch
        {
            ("above and below", 0) => row < Side / 2,
            ("above and below", _) => row >= Side / 2,
            ("left and right", 0) => column < Side / 2,
            ("left and right", _) => column >= Side / 2,
            ("along and across", 0) => row / 2 % 2 == 0,
            ("along and across", _) => column / 2 % 2 == 0,
            (_, 0) => (row + column) / 2 % 2 == 0,
            _ => (row - column + Side) / 2 % 2 == 0,
        } ? 1 : 0);
        Assert.True(Orientation.TellsClasses(Noise(10, seed: 1, Add), InTurn(10, 2), 2));
        Assert.True(Orientation.TellsClasses(Noise(6, seed: 1, Add), InTurn(6, 2), 2)); // three each have too few signs
        int[] others = [0, 0, 1, 1, 0, 0, 1, 1, 0, 0]; // as many of each kind in one class as in the other, one aside
        Assert.False(Orientation.TellsClasses(Noise(10, seed: 1, Add), others, 2));
    }

    [Fact]
    public void Classes_that_differ_in_anything_else_are_seldom_taken_for_such()
    {
        using var scope = TensorScope.Begin();
        static int Add(int image, int row, int column) => (image % 4) switch
        {
            0 => 50,                                                              // brighter
            1 => row is > 3 and < 8 && column is > 3 and < 8 ? 90 : 0,            // something in the middle
            2 => (row + column) % 2 == 0 ? 90 : 0,                                // finer
            _ => 0,
        };
        var mistaken = Enumerable.Range(0, 100).Count(seed => Orientation.TellsClasses(Noise(40, seed, Add), InTurn(40, 4), 4));
        Assert.InRange(mistaken, 0, 6); // 4 % where nothing else were asked
    }

    [Fact]
    public void Classes_that_vary_more_than_others_are_seldom_taken_for_such()
    {
        using var scope = TensorScope.Begin();
        var mistaken = Enumerable.Range(0, 100).Count(seed =>
        {
            var random = new Random(seed);
            int[] tilts = [.. Enumerable.Range(0, 40).Select(image => image % 4 == 0 ? random.Next(-9, 10) : 0)]; // of one class alone
            var images = Noise(40, seed, (image, row, column) => tilts[image] * (row - Side / 2));
            return Orientation.TellsClasses(images, InTurn(40, 4), 4);
        });
        Assert.InRange(mistaken, 0, 8);
    }

    [Fact]
    public void One_label_of_each_class_or_one_pixel_tells_nothing()
    {
        using var scope = TensorScope.Begin();
        Assert.False(Orientation.TellsClasses(Noise(3, seed: 1, (image, row, _) => 80 * (row < 6 == (image == 0) ? 1 : 0)), [0, 1, 2], 3));
        Assert.False(Orientation.TellsClasses(Tensor.Zeros([8, 3, 1, 1], DType.UInt8), InTurn(8, 2), 2));
        Assert.False(Orientation.TellsClasses(Tensor.Zeros([8, 3, 4, 4], DType.UInt8), InTurn(8, 2), 2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_baseline_turns_images_where_that_leaves_their_class(bool lieDifferently)
    {
        using var scope = TensorScope.Begin();
        var images = Noise(24, seed: 2, (image, row, column) =>
            90 * (image % 2 == 0 ? lieDifferently ? row / 2 % 2 : 1 : lieDifferently ? column / 2 % 2 : 0));
        float[] Learnt(bool turns)
        {
            var options = new SupervisedBaselineOptions(Width: 4, Steps: 30, BatchSize: 12)
            {
                Augmentation = WholeImageAugmentation.None with { Turns = turns },
            };
            using var baseline = SupervisedBaseline.Fit(images, InTurn(24, 2), 2, options, seed: 1);
            return baseline.Logits(images).ToArray<float>();
        }
        var (turned, upright) = (Learnt(true), Learnt(false));
        if (lieDifferently) Assert.Equal(upright, turned);
        else Assert.NotEqual(upright, turned);
    }

    [Fact]
    public void Whoever_trains_a_network_turns_images_without_an_upside()
    {
        IProtocol[] Resolved(bool upright) =>
            [.. new IProtocol[] { new Supervised(), new FineTuned(), new SemiSupervised(), new RandomInit(), new FixMatch() }
                .Select(protocol => protocol.Resolve(new(3, 10, DType.Float32) { Upright = upright }))];
        static bool Turns(IProtocol protocol) => protocol switch
        {
            Supervised supervised => supervised.Options!.Augmentation.Turns,
            FineTuningProtocol tuned => tuned.Options.Augmentation!.Turns,
            FixMatch joint => joint.Training.Augmentation!.Turns,
            _ => throw new ArgumentOutOfRangeException(nameof(protocol)),
        };
        Assert.All(Resolved(upright: false), protocol => Assert.True(Turns(protocol)));
        Assert.All(Resolved(upright: true), protocol =>
        {
            Assert.False(Turns(protocol));
            Assert.DoesNotContain("Turns", Fingerprint.Text(protocol), StringComparison.Ordinal); // results of before stay valid
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_evaluation_looks_whether_its_images_have_an_upside(bool upright)
    {
        var images = new PaintedImages(600, Side, (index, pixels) =>
        {
            var random = new SeededOrder((ulong)index);
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)random.Below(256);
            if (upright) Array.Fill(pixels, (byte)200, 0, 2 * Side); // a sky
        });
        var data = new LabelledImages(images, InTurn(600, 2), ["a", "b"]);
        var options = new SupervisedBaselineOptions(Width: 4, Steps: 10, BatchSize: 10) { Augmentation = WholeImageAugmentation.None };
        string Settings(Supervised protocol) => Assert.Single(Evaluator.Run(new(data, data.Only([0, 1], "test")),
            new("encoder", [protocol], [new(2, LabelUnit.PerClass)], new(Side, Side, 1), Threads: 1, Draws: 1))).Settings;
        var found = Settings(new() { Tuned = new("test", new() { [2] = options }) });
        var turning = options with { Augmentation = options.Augmentation with { Turns = true } };
        Assert.Equal(upright, found == Settings(new() { Options = options }));
        Assert.Equal(!upright, found == Settings(new() { Options = turning }));
    }
}
