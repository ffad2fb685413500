using Foresee.Images;
using Foresee.Images.Clips;

namespace Foresee.Tests.Images.Clips;

public sealed class ClipFramesTests : IDisposable
{
    private const int Side = 4;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    private ClipFrames Open() => ClipSources.Open(scratch.Folder);

    /// <summary>Frames of one value each: ten times the clip, and the frame.</summary>
    private void Clip(string folder, int clip, int frames)
    {
        for (var t = 0; t < frames; t++) scratch.Png($"{folder}/f{t + 1}.png", (byte)(10 * clip + t));
    }

    /// <summary>The values of a window's frames.</summary>
    private static int[] Window(ClipFrames clips, int index, int frames, int step = 1)
    {
        var fit = new InputFormat(Side, Side, 1, frames) { FrameStep = step };
        var image = clips.Read(index, fit);
        Assert.Equal((frames, fit.Bytes), (image.Channels, image.Pixels.Length));
        var planes = new byte[fit.Bytes];
        image.CopyPlanes(planes);
        return [.. planes.Chunk(Side * Side).Select(plane => (int)Assert.Single(plane.Distinct()))];
    }

    [Fact]
    public void Frames_come_in_the_order_of_their_numbers_and_clips_one_after_the_other()
    {
        Clip("b/second", 1, 11);
        Clip("a", 0, 2);
        var clips = Open();
        Assert.Equal((13, 2), (clips.Count, clips.ClipCount));
        Assert.Equal([0, 1, .. Enumerable.Range(10, 11)],
            Enumerable.Range(0, 13).Select(i => (int)clips.Read(i, new(Side, Side, 1)).Pixels[0])); // f2 before f10
        Assert.Equal([0, 0, .. Enumerable.Repeat(1, 11)], clips.Clips);
        Assert.EndsWith("b/second/f11.png", clips.Describe(12), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frame2.png", "frame10.png")]
    [InlineData("frame002.png", "frame10.png")]
    [InlineData("9.png", "a.png")]
    [InlineData("a1b2", "a1b10")]
    [InlineData("7", "007")]
    public void Names_are_compared_by_the_values_of_their_numbers(string first, string second)
    {
        Assert.True(FrameOrder.Instance.Compare(first, second) < 0 || first == "7");
        Assert.Equal(Math.Sign(FrameOrder.Instance.Compare(first, second)), -Math.Sign(FrameOrder.Instance.Compare(second, first)));
        Assert.NotEqual(0, FrameOrder.Instance.Compare(first, second));
    }

    [Fact]
    public void A_window_begins_with_its_frame_or_earlier_where_the_clip_ends_and_never_leaves_it()
    {
        Clip("a", 0, 8);
        Clip("b", 1, 4);
        var clips = Open();
        for (var i = 0; i < 8; i++) Assert.Equal(Enumerable.Range(Math.Min(i, 5), 3), Window(clips, i, 3));
        for (var i = 8; i < 12; i++) Assert.Equal(Enumerable.Range(10 + Math.Min(i - 8, 1), 3), Window(clips, i, 3));
        Assert.Equal([1, 3, 5], Window(clips, 1, 3, step: 2));
        Assert.Equal([2, 4, 6], Window(clips, 6, 3, step: 2));
        Assert.Equal([10, 11, 12], Window(clips, 8, 3, step: 2));                            // too short for steps of 2
    }

    [Fact]
    public void A_frame_that_cant_be_read_is_named_once_and_left_out_of_windows()
    {
        Clip("a", 0, 6);
        scratch.Write("a/f3.png", [1, 2, 3]);
        var clips = Open();
        using var loader = new ImageLoader(clips, new() { BatchSize = 2, Input = new(Side, Side, 1, 3), CacheBytes = 0 });
        var windows = loader.Pass().SelectMany(batch => batch.Indices.Zip(batch.Pixels.ToArray().Chunk(3 * Side * Side), (index, window) =>
            (index, string.Join(' ', window.Chunk(Side * Side).Select(plane => plane[0]))))).ToArray();
        Assert.Equal([(0, "0 1 3"), (1, "1 3 4"), (3, "3 4 5"), (4, "3 4 5"), (5, "3 4 5")], windows);
        var skipped = Assert.Single(loader.Skipped);
        Assert.EndsWith("a/f3.png", skipped.File, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_shorter_than_a_window_are_named()
    {
        Clip("a", 0, 5);
        Clip("b", 1, 3);
        using var loader = new ImageLoader(Open(), new() { BatchSize = 2, Input = new(Side, Side, 1, 4), CacheBytes = 0 });
        Assert.Equal(5, loader.Pass().Sum(batch => batch.Count));
        Assert.Equal(3, loader.Skipped.Count);
        Assert.Contains("its clip has 3 frames that can be read, and 4 are looked at together", loader.Skipped[0].Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Frames_of_other_sizes_are_brought_to_the_one_asked_for()
    {
        Clip("a", 0, 2);
        scratch.Png("a/f3.png", 2, size: 9);
        Clip("b", 1, 3);
        Assert.Equal([0, 1, 2], Window(Open(), 0, 3));
        scratch.Png("a/f4.png", 3, size: 2);
        Assert.Contains("2 x 2", Assert.Throws<UnreadableImageException>(() => Window(Open(), 3, 2)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Clips_of_one_frame_and_images_in_no_clip_are_counted_and_passed_over()
    {
        Clip("a", 0, 2);
        Clip("alone", 1, 1);
        scratch.Png("cover.png");
        scratch.Write("notes.txt", [65]);
        var clips = Open();
        Assert.Equal(2, clips.Count);
        Assert.Equal(["1 .txt file (notes.txt), no image by its ending", "1 clip (alone/f1.png) of a single frame",
            "1 image (cover.png) that lies in no clip's folder"], clips.PassedOver.Select(item => item.ToString()));
    }

    [Fact]
    public void A_folder_of_plain_images_is_no_folder_of_clips()
    {
        scratch.Png("a.png");
        scratch.Png("b.png");
        var error = Assert.Throws<ImageDataException>(Open);
        Assert.Contains("holds 2 images and no clips; put the frames of each clip into a folder of their own", error.Message,
            StringComparison.Ordinal);
        using var empty = new Scratch();
        Assert.Contains("neither frames nor videos", Assert.Throws<ImageDataException>(() => ClipSources.Open(empty.Folder)).Message,
            StringComparison.Ordinal);
        using var single = new Scratch();
        single.Png("a/1.png");
        Assert.Contains("no clip of two frames or more: 1 clip (a/1.png) of a single frame",
            Assert.Throws<ImageDataException>(() => ClipSources.Open(single.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_frames_of_still_images_are_refused()
    {
        scratch.Png("a/1.png");
        var error = Assert.Throws<ImageDataException>(() =>
            new ImageLoader(new ImageFolder(scratch.Folder), new() { BatchSize = 1, Input = new(Side, Side, 1, 3) }));
        Assert.Contains("holds still images, and 3 frames of a clip are to be read at once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_clips_beside_train_stay_apart_and_the_hash_is_that_of_the_content()
    {
        Clip("train/a", 0, 3);
        Clip("test/b", 1, 3);
        Assert.Equal(3, Open().Count);
        var before = Open().Hash();
        Assert.Equal(before, Open().Hash());
        scratch.Png("train/a/f2.png", 77);
        Assert.NotEqual(before, Open().Hash());
    }

    [Fact]
    public void Folders_of_still_images_and_clips_in_which_nothing_moves_are_told()
    {
        MadeClips.Write(scratch.At("moving/"), clips: 6, frames: 6);
        ClipSurvey.Check(ClipSources.Open(scratch.At("moving")));
        for (var i = 0; i < 60; i++) // each "frame" another scene
            scratch.Write($"still/class{i % 6}/{i}.png", ImageFile.EncodePng(MadeClips.Frame(MadeClips.Across(i, 3), i, 0)));
        Assert.Contains("seem to hold still images", Assert.Throws<ImageDataException>(() =>
            ClipSurvey.Check(ClipSources.Open(scratch.At("still")))).Message, StringComparison.Ordinal);
        for (var i = 0; i < 12; i++) scratch.Png($"same/{i % 2}/{i}.png", (byte)(100 * (i % 2)), size: 32);
        Assert.Contains("Nothing moves", Assert.Throws<ImageDataException>(() =>
            ClipSurvey.Check(ClipSources.Open(scratch.At("same")))).Message, StringComparison.Ordinal);
    }
}
