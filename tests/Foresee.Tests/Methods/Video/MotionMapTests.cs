using Foresee.Methods.Video;
using Foresee.Torch;

namespace Foresee.Tests.Methods.Video;

public sealed class MotionMapTests
{
    private const int Side = 32, Frames = 7;

    private static float[] Grey(MadeClips.Scene scene)
    {
        using var scope = TensorScope.Begin();
        using var generator = new Generator(1);
        using var batch = ClipTraining.Batch(Frames, scene);
        return FrameStack.Grey(FrameStack.Of(batch, ClipTraining.Input, mirrored: 0, generator))[0];
    }

    [Theory]
    [InlineData(7, 5, 12, 9, 4)]
    [InlineData(0, 18, 14, 14, 3)] // at the edge
    public void A_block_is_where_a_plain_search_finds_it(int top, int left, int height, int width, int reach)
    {
        var random = new Random(3);
        float[] Noise() => [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle())];
        var (from, to) = (Noise(), Noise());
        var (best, least) = (default(Shift), double.PositiveInfinity);
        for (var dy = -reach; dy <= reach; dy++)
            for (var dx = -reach; dx <= reach; dx++)
            {
                if (top + dy < 0 || left + dx < 0 || top + dy + height > Side || left + dx + width > Side) continue;
                var sum = 0.0;
                for (var y = top; y < top + height; y++)
                    for (var x = left; x < left + width; x++) sum += Math.Abs(from[y * Side + x] - to[(y + dy) * Side + x + dx]);
                if (sum < least) (best, least) = (new(dy, dx), sum);
            }
        Assert.Equal(best, BlockMatching.Find(from, to, Side, Side, new(top, left, height, width), reach));
    }

    [Fact]
    public void Where_all_shifts_are_as_good_nothing_has_moved()
    {
        var flat = new float[Side * Side];
        Assert.Equal(default, BlockMatching.Find(flat, flat, Side, Side, new(8, 8, 16, 16), 4));
    }

    [Fact]
    public void A_camera_that_moves_over_a_still_scene_is_no_motion()
    {
        var scene = ClipTraining.Still with { Square = 0, Camera = (1, -1) };
        Assert.All(MotionMap.Of(Grey(scene), Frames, Side, Side, 3, reach: 4), d => Assert.Equal(0, d, 1e-6));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, -1)]
    public void What_moves_against_the_background_is_found_where_it_is_and_nowhere_else(int down, int right)
    {
        var scene = new MadeClips.Scene(Side, 6, (14 - 3 * down, 1 - 3 * right), (0, 4), (down, right));
        scene = scene with { Start = (scene.Start.Top + 3 * down, scene.Start.Left + 3 * right) };
        var (grey, (top, left)) = (Grey(scene), scene.At(3));
        var map = MotionMap.Of(grey, Frames, Side, Side, 3, reach: 4);
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var inside = y >= top && y < top + 6 && x >= left && x < left + 6;
                Assert.Equal(Plain(grey, y, x, (down, right)), map[y * Side + x], 1e-6);
                if (!inside) Assert.Equal(0, map[y * Side + x], 1e-6);
            }
        var mean = Enumerable.Range(top, 6).SelectMany(y => Enumerable.Range(left, 6).Select(x => map[y * Side + x])).Average();
        Assert.InRange(mean, 0.05, 1);
    }

    /// <summary>The difference from the median of what the other frames show, by the camera's true way.</summary>
    private static double Plain(float[] grey, int y, int x, (int Down, int Right) camera)
    {
        var seen = new List<double>();
        for (var t = 0; t < Frames; t++)
        {
            var (row, column) = (y - (t - 3) * camera.Down, x - (t - 3) * camera.Right);
            if (row is >= 0 and < Side && column is >= 0 and < Side) seen.Add(grey[(t * Side + row) * Side + column]);
        }
        seen.Sort();
        return Math.Abs(grey[(3 * Side + y) * Side + x] - (seen[(seen.Count - 1) / 2] + seen[seen.Count / 2]) / 2);
    }

    [Fact]
    public void A_track_holds_the_square_at_its_beginning_and_at_its_end()
    {
        for (var clip = 0; clip < 6; clip++)
        {
            var scene = MadeClips.Across(clip, 8);
            using var scope = TensorScope.Begin();
            using var generator = new Generator(1);
            using var batch = ClipTraining.Batch(8, scene);
            var grey = FrameStack.Grey(FrameStack.Of(batch, ClipTraining.Input, mirrored: 0, generator))[0];
            var track = Track.Of(grey, 8, Side, Side, 16, 0.01);
            Assert.True(track.Moves);
            foreach (var (block, at) in new[] { (track.First, scene.At(0)), (track.Last, scene.At(7)) })
            {
                var (down, right) = (at.Top + scene.Square / 2 - block.Top, at.Left + scene.Square / 2 - block.Left);
                Assert.True(down is >= 0 and < 16 && right is >= 0 and < 16,
                    $"clip {clip}: the square's middle is at {down}, {right} of its block");
            }
        }
        Assert.False(Track.Of(Grey(ClipTraining.Still), Frames, Side, Side, 16, 0.01).Moves);
    }

    [Fact]
    public void The_square_with_most_motion_is_that_of_a_plain_search()
    {
        var random = new Random(5);
        float[] map = [.. Enumerable.Range(0, Side * Side).Select(_ => random.NextSingle())];
        var (best, most) = (default(Block), -1.0);
        for (var y = 0; y + 9 <= Side; y++)
            for (var x = 0; x + 9 <= Side; x++)
            {
                var sum = 0.0;
                for (var i = 0; i < 81; i++) sum += map[(y + i / 9) * Side + x + i % 9];
                if (sum > most) (best, most) = (new(y, x, 9, 9), sum);
            }
        Assert.Equal(best, Track.Most(map, Side, Side, 9, out var mean));
        Assert.Equal(most / 81, mean, 1e-9);
    }
}
