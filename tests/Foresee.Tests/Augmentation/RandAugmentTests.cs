using Foresee.Augmentation;
using Foresee.Torch;
using Foresee.Torch.Files;

namespace Foresee.Tests.Augmentation;

public sealed class RandAugmentTests
{
    private const int Side = 16;
    private const float Fill = 0.5f;
    private const double Level = 1.0 / 255;

    public static TheoryData<RandOperation> Operations => [.. Enum.GetValues<RandOperation>()];

    /// <summary>torchvision's own amounts and operations, at its levels 9 and 21 of 30 and in both directions.</summary>
    [Theory]
    [MemberData(nameof(Operations))]
    public void Every_operation_is_torchvisions_at_its_magnitude(RandOperation operation)
    {
        using var scope = TensorScope.Begin();
        var fixtures = Safetensors.Read(Path.Combine(AppContext.BaseDirectory, "fixtures", "randaugment.safetensors")).Tensors;
        var own = fixtures.Keys.Where(name => name.StartsWith($"{operation} ", StringComparison.Ordinal)).ToList();
        Assert.Contains(own.Count, new[] { 2, 4 });
        var moves = operation is >= RandOperation.ShearAcross and <= RandOperation.Rotation;
        foreach (var name in own)
        {
            var amount = int.Parse(name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture) / 30f;
            var picture = fixtures["picture"].ToArray<float>();
            var warp = new Warp(Side, Side);
            RandAugment.Move(operation, amount, warp);
            Assert.Equal(moves, !warp.IsWhole);
            if (moves) new Resampler(Side, Side).Apply(warp, picture, 3, Fill);
            var changed = Made.After(picture, 3, view => RandAugment.Change(operation, amount, view), ValueRange.Unit);
            Made.Near(fixtures[name].ToArray<float>(), changed, moves ? 1e-5 : 2 * Level + 1e-6, name); // PIL rounds to whole levels
        }
    }

    [Fact]
    public void Operations_and_magnitudes_are_drawn_evenly_and_without_colours_there_is_no_saturation()
    {
        const int Wide = 32; // of fewer pixels equalisation changes nothing
        var picture = Made.Patches(1, 1, Wide, 3)[0];
        var without = new List<string>();
        var grey = Assert.IsType<RandAugment>(new RandAugment(Count: 1).For(1, without));
        Assert.Equal(["Saturation"], without);
        Assert.False(grey.Colour);
        const int Views = 13_000;
        var (moved, changed, same) = (0, 0, 0);
        for (var view = 0; view < Views; view++)
        {
            var warp = new Warp(Wide, Wide);
            var random = new ViewRandom(1, view, 0);
            grey.Move(warp, ref random);
            random = new ViewRandom(1, view, 0);
            float[] values = [.. picture];
            grey.Change(new(values, new float[values.Length], 1, Wide, Wide, ValueRange.Unit, Fill), ref random);
            if (!warp.IsWhole) moved++;
            else if (!values.SequenceEqual(picture)) changed++;
            else same++;
        }
        // 5 of 13 move pixels (of shifts, those below a pixel don't: 1 in 14 here), 7 change values, 1 does nothing
        Assert.InRange(moved, Views * 4.4 / 13, Views * 5.2 / 13);
        Assert.InRange(changed, Views * 6.4 / 13, Views * 7.3 / 13);
        Assert.InRange(same, Views * 0.9 / 13, Views * 1.6 / 13);
    }

    [Fact]
    public void Two_operations_may_both_move_and_a_magnitude_of_0_moves_nothing()
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(2);
        var images = Tensor.Rand([40, 3, Side, Side], generator);
        var still = new ViewMaker([new RandAugment(2, Magnitude: 0)], new(Side, Side, 3)).Make(images, 1, 1);
        static float[][] Each(Tensor views) => [.. views.ToArray<float>().Chunk(3 * Side * Side)];
        // at magnitude 0 everything is the identity but auto-contrast, equalisation and the rounding to 8 bits of posterise
        Assert.InRange(Each(images).Zip(Each(still)).Count(pair => Made.Same(pair.First, pair.Second, Level)), 20, 40);
        var one = new ViewMaker([new RandAugment()], new(Side, Side, 3)).Make(images, 1, 1).ToArray<float>();
        Assert.Equal(one, new ViewMaker([new RandAugment()], new(Side, Side, 3)).Make(images, 1, threads: 2).ToArray<float>());
        Assert.NotEqual(one, new ViewMaker([new RandAugment()], new(Side, Side, 3)).Make(images, 2, 1).ToArray<float>());
    }
}
