using System.Text;
using Foresee.Images;

namespace Foresee.Server.Labelling;

/// <summary>
/// Labels in a CSV file of path,label, which needs no journal: a label is one line, appended by one write and flushed to the disk, and one
/// that is taken back is left out of a copy that takes the file's place at once. A last line without its end was never confirmed by a
/// server, but someone may have written it by hand: a whole one is kept, half a one is moved to FILE.dropped. Lines of others stay as
/// they are, also those that someone adds meanwhile.
/// </summary>
internal sealed class CsvLabels : ILabelFile
{
    public const string Extension = ".csv";
    private static readonly UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly string path, folder;
    private readonly string[] known;
    private readonly Action<string> warn;
    private readonly WriterLock writer;
    private Dictionary<string, string> labels = [];
    private List<CsvRecord> records = [];
    private (long Length, DateTime Time) seen;

    /// <param name="known">Classes of the model.</param>
    /// <param name="warn">Is told of a last line without its end.</param>
    /// <exception cref="ImageDataException">
    /// Another process writes it, it is not UTF-8, a quotation mark is never closed, or it names an image twice.
    /// </exception>
    public CsvLabels(string path, IEnumerable<string>? known = null, Action<string>? warn = null)
    {
        (this.known, this.warn) = ([.. known ?? []], warn ?? (_ => { }));
        (this.path, folder) = (Path.GetFullPath(path), Path.GetDirectoryName(Path.GetFullPath(path))!);
        Directory.CreateDirectory(folder);
        writer = new(this.path + ".lock", path);
        try
        {
            Read(File.Exists(this.path) ? File.ReadAllBytes(this.path) : [], served: false);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    public IReadOnlyDictionary<string, string> Labels => labels;

    public void Add(string image, string label)
    {
        ReadAgainIfChanged();
        var line = CsvRecords.Write(Relative(image), label);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, 1)) // made by the first reading
        {
            var length = file.Seek(0, SeekOrigin.End);
            try
            {
                file.Write(utf8.GetBytes(line));
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                file.SetLength(length); // a full disk takes half a line
                throw;
            }
        }
        records.Add(new(line, [Relative(image), label]));
        labels[image] = label;
        seen = State();
    }

    public void Remove(string image)
    {
        ReadAgainIfChanged();
        Replace([.. records.Where(record => !IsLabel(record) || FullPath(record) != image)]);
        labels.Remove(image);
    }

    /// <summary>Takes the place of what was known only when all of it is understood.</summary>
    private void Read(byte[] bytes, bool served)
    {
        var state = State();
        var mark = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        var text = Decode(bytes.AsSpan(mark));
        var isCut = mark + utf8.GetByteCount(text) < bytes.Length;
        List<CsvRecord> found = [.. CsvRecords.Parse(text.TrimEnd('\0'))]; // a disk that lost its power can leave zeros
        var last = found.Count > 0 && (!found[^1].IsWhole || isCut) ? found[^1] : null;
        if (last is not null) found.RemoveAt(found.Count - 1);
        var before = found.Sum(record => utf8.GetByteCount(record.Raw));
        Dictionary<string, string> read = [];
        foreach (var record in found) Take(read, record);
        if (last is { IsClosed: false } && last.Raw.Contains('\n', StringComparison.Ordinal))
            throw new ImageDataException($"{Name} opens a quotation mark in line {1 + found.Sum(record => record.Raw.Count(sign => sign == '\n'))} "
                + "that is never closed; close it there.");
        if (last is not null && IsHalf(last, isCut, [.. known, .. read.Values]))
        {
            if (served) throw new ImageDataException($"The last line of {Name} breaks off; finish it.");
            KeepDropped(bytes.AsSpan(mark + before).TrimEnd((byte)0));
        }
        else if (last is not null)
        {
            Take(read, last);
            found.Add(last with { Raw = last.Raw + "\n" });
        }
        var isWhole = found.Count > 0 && last is null && !isCut && !text.EndsWith('\0');
        if (found.Count == 0) found.Add(new(CsvRecords.Write("path", "label"), ["path", "label"]));
        if (isWhole) (records, seen) = (found, state);
        else Replace(found);
        labels = read;
    }

    private void Take(Dictionary<string, string> read, CsvRecord record)
    {
        if (IsLabel(record) && !read.TryAdd(FullPath(record), record.Fields[1]))
            throw new ImageDataException($"{Name} names {Path.GetFileName(record.Fields[0])} twice; leave one of the lines out.");
    }

    /// <returns>Without a letter that breaks off at the end.</returns>
    private string Decode(ReadOnlySpan<byte> bytes)
    {
        var letters = new char[bytes.Length];
        try
        {
            return new(letters, 0, utf8.GetDecoder().GetChars(bytes, letters, flush: false));
        }
        catch (DecoderFallbackException error)
        {
            throw new ImageDataException($"{Name} is not UTF-8 text; save it as UTF-8.", error);
        }
    }

    /// <summary>Whether a last record without its end may be the beginning of another; a warning where that can't be told.</summary>
    private bool IsHalf(CsvRecord record, bool isCut, IReadOnlyCollection<string> classes)
    {
        if (isCut || !record.IsClosed) return true;
        if (string.IsNullOrWhiteSpace(record.Raw) || record.Raw.TrimStart().StartsWith('#')) return false;
        if (record.Fields.Count < 2 || record.Fields[1] is not { Length: > 0 } label) return true;
        if (!IsLabel(record)) return false;
        if (classes.Any(name => name.Length > label.Length && name.StartsWith(label, StringComparison.Ordinal))) return true;
        if (classes.Contains(label)) return false;
        if (!File.Exists(FullPath(record))) return true;
        warn($"The last line of {path} has no line break; its new class is taken to be '{label}'.");
        return false;
    }

    private void KeepDropped(ReadOnlySpan<byte> line)
    {
        var place = path + ".dropped";
        using (var file = new FileStream(place, FileMode.Append, FileAccess.Write, FileShare.None))
        {
            file.Write(line);
            file.Write("\n"u8);
            file.Flush(flushToDisk: true);
        }
        warn($"The last line of {path} breaks off and is left out; {place} keeps it.");
    }

    private void Replace(List<CsvRecord> next)
    {
        var part = path + ".part";
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            foreach (var record in next) file.Write(utf8.GetBytes(record.Raw));
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
        (records, seen) = (next, State());
    }

    /// <summary>Someone may have worked on it with an editor. A file that is gone or emptied may be coming back.</summary>
    private void ReadAgainIfChanged()
    {
        var (length, _) = State();
        if (length == 0) throw new IOException($"{path} is gone or empty.");
        if (State() != seen) Read(File.ReadAllBytes(path), served: true);
    }

    private (long Length, DateTime Time) State()
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
    }

    /// <summary>The header names no file that exists and ends like no image; a remark begins with #.</summary>
    private bool IsLabel(CsvRecord record) => record.Fields is [{ Length: > 0 } name, { Length: > 0 }, ..]
        && (ImageFile.Extensions.Contains(Path.GetExtension(name)) || File.Exists(FullPath(record)));

    /// <summary>Without folders: browsers are told of it.</summary>
    private string Name => Path.GetFileName(path);

    private string FullPath(CsvRecord record) => Path.GetFullPath(record.Fields[0], folder);

    private string Relative(string image) => Path.GetRelativePath(folder, image).Replace(Path.DirectorySeparatorChar, '/');

    public void Dispose() => writer.Dispose();
}
