using System.Text.Json;

namespace Foresee.Reports;

/// <summary>
/// metrics.jsonl: one JSON object per logged step. Each line reaches the system in one write, so a killed program leaves at
/// most one torn line, the last. A resumed run cuts the file back to its checkpoint's step and then writes what it would have
/// written had it never stopped.
/// </summary>
public sealed class MetricsLog : IDisposable
{
    public const string FileName = "metrics.jsonl";

    private readonly FileStream file;
    private long step;

    private MetricsLog(FileStream file, long step)
    {
        this.file = file;
        this.step = step;
    }

    /// <summary>A new log; an existing file that holds anything is another run's and stays untouched.</summary>
    public static MetricsLog Create(string path)
    {
        if (File.Exists(path) && new FileInfo(path).Length > 0)
            throw new IOException($"'{path}' should not exist yet, but holds another run's log; resume that run or choose another folder.");
        return new(Open(path), step: -1);
    }

    /// <summary>Goes on after <paramref name="step"/>, the step of the checkpoint: later lines and a torn one are cut off.</summary>
    public static MetricsLog Resume(string path, long step)
    {
        var kept = File.Exists(path) ? Parse(path).TakeWhile(line => line.Entry.Step <= step).LastOrDefault() : null;
        var file = Open(path);
        file.SetLength(kept?.End ?? 0);
        file.Position = file.Length;
        if (kept is { Terminated: false }) file.WriteByte((byte)'\n');
        return new(file, kept?.Entry.Step ?? -1);
    }

    public void Append(MetricsEntry entry)
    {
        if (entry.Step <= step)
            throw new ArgumentException($"Logged steps must grow: got step {entry.Step} after step {step}.", nameof(entry));
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, ReportJson.Default.MetricsEntry);
        Array.Resize(ref line, line.Length + 1);
        line[^1] = (byte)'\n';

        var before = file.Length;
        try
        {
            file.Write(line);
        }
        catch (IOException)
        {
            file.SetLength(before); // a full disk may have taken half a line
            throw;
        }
        step = entry.Step;
    }

    /// <summary>Down to the disk; call it with each checkpoint, so that a power cut never leaves a checkpoint without its log.</summary>
    public void Sync() => file.Flush(flushToDisk: true);

    public void Dispose() => file.Dispose();

    /// <summary>All whole lines; a torn last line, left by a killed run, is passed over.</summary>
    public static IReadOnlyList<MetricsEntry> Read(string path) => File.Exists(path)
        ? [.. Parse(path).Select(line => line.Entry)]
        : throw new FileNotFoundException($"'{path}' should hold a run's log, but there is no such file; give the folder that pretrain "
            + "wrote (--out).", path);

    // No buffer: what Append returned from has left the process.
    private static FileStream Open(string path) => new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <param name="End">Bytes of the file up to and with this line.</param>
    private sealed record Line(MetricsEntry Entry, long End, bool Terminated);

    private static IEnumerable<Line> Parse(string path)
    {
        var bytes = ReadAll(path);
        var number = 0;
        for (var start = 0; start < bytes.Length;)
        {
            number++;
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            var terminated = length >= 0;
            var end = terminated ? start + length : bytes.Length;
            MetricsEntry? entry = null;
            try
            {
                entry = JsonSerializer.Deserialize(bytes.AsSpan(start, end - start), ReportJson.Default.MetricsEntry);
            }
            catch (JsonException e) when (terminated)
            {
                throw new InvalidDataException($"Line {number} of '{path}' should be one JSON object, but: {e.Message} Restore the file, "
                    + "or delete that line.", e);
            }
            catch (JsonException)
            {
                yield break; // torn
            }
            start = terminated ? end + 1 : end;
            if (entry is not null) yield return new(entry, start, terminated);
        }
    }

    // Another process may be writing the log while a report is made of it.
    private static byte[] ReadAll(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return bytes[..count];
    }
}
