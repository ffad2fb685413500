using Foresee.Images;
using Foresee.Images.Clips;

namespace Foresee.Tests.Images.Clips;

/// <summary>With a program in place of ffmpeg, which writes two frames, tells of each call, and does as the video's name says.</summary>
public sealed class VideoFramesTests : IDisposable
{
    private readonly Scratch scratch = new();
    private readonly string program;

    public VideoFramesTests()
    {
        var frame = scratch.Png("frame.bin", 9, size: 16);
        program = scratch.Write("bin/ffmpeg", System.Text.Encoding.UTF8.GetBytes($"""
            #!/bin/sh
            echo "$@" >> {scratch.At("calls")}
            for last; do to=$(dirname "$last"); done
            case "$*" in *bad.avi*) echo "first words" >&2; echo "bad.avi: Invalid data found" >&2; exit 1 ;; *empty.mkv*) exit 0 ;; esac
            cp {frame} "$to/000001.jpg"
            case "$*" in *slow*) [ -e {scratch.At("quick")} ] || sleep 60 ;; esac
            cp {frame} "$to/000002.jpg"
            """));
        using var change = System.Diagnostics.Process.Start("chmod", ["+x", program]);
        change.WaitForExit();
    }

    public void Dispose() => scratch.Dispose();

    private VideoFrames Videos(double? rate = null) => new(scratch.At("run/frames"), rate, program);

    private string[] Calls() => File.Exists(scratch.At("calls")) ? File.ReadAllLines(scratch.At("calls")) : [];

    private string[] Kept() => [.. Directory.EnumerateFiles(scratch.At("run/frames"), "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(scratch.At("run/frames"), file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Videos_become_clips_beside_folders_of_frames_and_are_decoded_once()
    {
        scratch.Write("clips/day one/a.mp4", [1]);
        scratch.Write("clips/b.MOV", [2]);
        scratch.Png("clips/frames/1.png", size: 16);
        scratch.Png("clips/frames/2.png", size: 16);
        var told = new List<string>();
        var clips = ClipSources.Open(scratch.At("clips"), Videos(), told.Add);
        Assert.Equal((6, 3), (clips.Count, clips.ClipCount));
        Assert.Equal(["making frames of b.MOV, video 1 of 2", "making frames of day one/a.mp4, video 2 of 2"], told);
        Assert.EndsWith("run/frames/day one/a.mp4/000001.jpg", clips.Describe(4), StringComparison.Ordinal);
        Assert.Equal(2, clips.Read(4, new InputFormat(16, 16, 1, 2)).Channels);
        Assert.All(Calls(), call => Assert.Contains("fps=8,", call, StringComparison.Ordinal));
        var again = ClipSources.Open(scratch.At("clips"), Videos());
        Assert.Equal((2, clips.Hash()), (Calls().Length, again.Hash()));
        File.AppendAllText(scratch.At("clips/b.MOV"), "longer"); // another video now
        ClipSources.Open(scratch.At("clips"), Videos());
        Assert.Equal(3, Calls().Length);
    }

    [Fact]
    public void What_ffmpeg_cant_read_is_counted_and_told_where_nothing_else_is_left()
    {
        scratch.Write("clips/bad.avi", [1]);
        scratch.Write("clips/empty.mkv", [1]);
        var error = Assert.Throws<ImageDataException>(() => ClipSources.Open(scratch.At("clips"), Videos()));
        Assert.Contains("the first video, bad.avi, can't be read: bad.avi: Invalid data found", error.Message, StringComparison.Ordinal);
        scratch.Write("clips/good.mp4", [1]);
        var clips = ClipSources.Open(scratch.At("clips"), Videos());
        Assert.Equal(2, clips.Count);
        Assert.Equal("2 videos (bad.avi and others) that ffmpeg can't read", Assert.Single(clips.PassedOver).ToString());
        Assert.Equal([".rate", "good.mp4/.origin", "good.mp4/000001.jpg", "good.mp4/000002.jpg"], Kept());
    }

    [Fact]
    public async Task A_stopped_extraction_leaves_nothing_half_made_and_goes_on()
    {
        scratch.Write("clips/1.mp4", [1]);
        scratch.Write("clips/2-slow.mp4", [1]);
        using var stop = new CancellationTokenSource();
        var work = Task.Run(() => ClipSources.Open(scratch.At("clips"), Videos(), cancel: stop.Token));
        while (!File.Exists(scratch.At("run/frames/.2-slow.mp4/000001.jpg")) && !work.IsCompleted) await Task.Delay(20);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal([".rate", "1.mp4/.origin", "1.mp4/000001.jpg", "1.mp4/000002.jpg"], Kept());

        scratch.Write("run/frames/.2-slow.mp4/000007.jpg", [1]); // as a killed process leaves it
        scratch.Write("quick", []);
        var clips = ClipSources.Open(scratch.At("clips"), Videos());
        Assert.Equal((4, 3), (clips.Count, Calls().Length));
        Assert.DoesNotContain(Kept(), file => file.Contains("000007", StringComparison.Ordinal));
        Assert.DoesNotContain(Kept(), file => file.StartsWith(".2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_keeps_the_rate_that_its_frames_were_made_at()
    {
        scratch.Write("clips/a.mp4", [1]);
        ClipSources.Open(scratch.At("clips/a.mp4"), Videos(rate: 2.5));
        ClipSources.Open(scratch.At("clips/a.mp4"), Videos());
        Assert.Contains("fps=2.5,", Assert.Single(Calls()), StringComparison.Ordinal);
        var error = Assert.Throws<ImageDataException>(() => ClipSources.Open(scratch.At("clips/a.mp4"), Videos(rate: 4)));
        Assert.Contains("were made at 2.5 per second, and 4 are asked for", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_ffmpeg_the_remedy_is_told()
    {
        scratch.Write("clips/a.mp4", [1]);
        var error = Assert.Throws<ImageDataException>(() =>
            ClipSources.Open(scratch.At("clips"), new(scratch.At("run/frames"), program: "no-such-ffmpeg")));
        Assert.Contains("apt-get install ffmpeg", error.Message, StringComparison.Ordinal);
        Assert.Contains("is a video, and frames are read here", Assert.Throws<ImageDataException>(() =>
            ClipSources.Open(scratch.At("clips"))).Message, StringComparison.Ordinal);
    }
}
