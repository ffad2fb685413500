using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Foresee.Images.Clips;

/// <summary>
/// Frames of videos as JPEG files, made by the program ffmpeg. Each video's are made in a folder whose name begins with a dot, which gets
/// its own name when they are complete: what was begun and stopped is made anew, what is complete is kept.
/// </summary>
/// <param name="folder">Receives a folder for each video, under the video's name.</param>
/// <param name="rate">Frames per second of the video; null for those of the folder, <see cref="UsualRate"/> where it has none yet.</param>
/// <param name="program">ffmpeg, by its name or path.</param>
public sealed class VideoFrames(string folder, double? rate = null, string program = "ffmpeg")
{
    /// <summary>Frames per second: neighbours differ, and a window of some of them lasts about a second.</summary>
    public const double UsualRate = 8;

    private const int ShorterSide = 256;               // pixels; larger frames are reduced
    private const string Origin = ".origin";           // in each video's folder: what its frames were made of
    private const string RateFile = ".rate";           // in the folder of all
    private readonly List<(string, string)> refused = [];

    public string Folder => folder;

    /// <summary>Videos without frames, and what ffmpeg says of each.</summary>
    public IReadOnlyList<(string Video, string Reason)> Refused => refused;

    /// <param name="videos">Relative to the root, with /.</param>
    /// <param name="doing">Told which video is at work.</param>
    /// <returns>The frames, relative to <see cref="Folder"/>.</returns>
    /// <exception cref="ImageDataException">ffmpeg is not installed.</exception>
    /// <exception cref="OperationCanceledException">Frames of complete videos are kept.</exception>
    public IReadOnlyList<string> Extract(string root, IReadOnlyList<string> videos, Action<string>? doing, CancellationToken cancel)
    {
        var each = Rate();
        var frames = new List<string>();
        foreach (var (i, video) in videos.Index())
        {
            cancel.ThrowIfCancellationRequested();
            doing?.Invoke(string.Create(CultureInfo.InvariantCulture, $"making frames of {video}, video {i + 1:N0} of {videos.Count:N0}"));
            var kept = Path.Combine(folder, video);
            if (Whole(kept, Path.Combine(root, video), each) || Make(Path.Combine(root, video), video, kept, each, cancel))
                frames.AddRange(Directory.EnumerateFiles(kept, "*.jpg").Select(file => $"{video}/{Path.GetFileName(file)}"));
        }
        return frames;
    }

    /// <summary>A run that goes on must have the frames that it began with.</summary>
    private double Rate()
    {
        var path = Path.Combine(folder, RateFile);
        double? before = File.Exists(path) && double.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var kept)
            ? kept
            : null;
        var wanted = rate ?? before ?? UsualRate;
        if (!(wanted is > 0 and <= 1000)) throw new ImageDataException($"Frames per second must lie above 0 and up to 1000, got {wanted}.");
        if (before is { } other && other != wanted)
            throw new ImageDataException(FormattableString.Invariant(
                $"The frames in {folder} were made at {other} per second, and {wanted} are asked for; leave that out, or choose another folder (--out)."));
        Directory.CreateDirectory(folder);
        if (before is null) File.WriteAllText(path, wanted.ToString("R", CultureInfo.InvariantCulture));
        return wanted;
    }

    private static bool Whole(string kept, string video, double each)
    {
        var origin = Path.Combine(kept, Origin);
        return File.Exists(origin) && File.ReadAllText(origin) == OriginOf(video, each);
    }

    private static string OriginOf(string video, double each)
    {
        var file = new FileInfo(video);
        return string.Create(CultureInfo.InvariantCulture, $"{file.Length} bytes of {file.LastWriteTimeUtc:O} at {each} frames per second");
    }

    private bool Make(string video, string name, string kept, double each, CancellationToken cancel)
    {
        var begun = Path.Combine(Path.GetDirectoryName(kept)!, $".{Path.GetFileName(kept)}");
        Remove(begun);
        Directory.CreateDirectory(begun);
        try
        {
            var said = Run(video, begun, each, cancel);
            var any = Directory.EnumerateFiles(begun, "*.jpg").Any();
            if (said is not null || !any)
            {
                refused.Add((name, said ?? "it has no frames"));
                return false;
            }
            File.WriteAllText(Path.Combine(begun, Origin), OriginOf(video, each));
            Remove(kept);
            Directory.Move(begun, kept);
            return true;
        }
        finally
        {
            Remove(begun);
        }
    }

    /// <returns>Null where all went well, else what ffmpeg says.</returns>
    private string? Run(string video, string to, double each, CancellationToken cancel)
    {
        var scale = $"scale='if(lte(min(iw,ih),{ShorterSide}),iw,if(lte(iw,ih),{ShorterSide},-2))'"
            + $":'if(lte(min(iw,ih),{ShorterSide}),ih,if(lte(iw,ih),-2,{ShorterSide}))'";
        using var ffmpeg = Start(["-nostdin", "-hide_banner", "-loglevel", "error", "-i", $"file:{Path.GetFullPath(video)}",
            "-map", "0:v:0", "-vf", string.Create(CultureInfo.InvariantCulture, $"fps={each},{scale}"), "-q:v", "2", Path.Combine(to, "%06d.jpg")]);
        using var stop = cancel.Register(() => Kill(ffmpeg));
        var said = ffmpeg.StandardError.ReadToEnd();
        ffmpeg.WaitForExit();
        cancel.ThrowIfCancellationRequested();
        if (ffmpeg.ExitCode == 0) return null;
        return said.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [.., var last] ? last.Trim()
            : $"ffmpeg ended with code {ffmpeg.ExitCode}";
    }

    private Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        }
        catch (Win32Exception error)
        {
            throw new ImageDataException($"Videos are read by {program}, which can't be started ({error.Message}); install it (Debian, Ubuntu: "
                + "apt-get install ffmpeg), or give the frames of each clip as images in a folder of their own.", error);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // it has just ended
        }
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
    }
}
