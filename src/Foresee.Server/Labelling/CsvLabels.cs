using System.Text;
using Foresee.Images;

namespace Foresee.Server.Labelling;

/// <summary>
/// Labels in a CSV file of path,label, which needs no journal: a label is one line, appended by one write and flushed to the disk, and one
/// that is taken back is left out of a copy that takes the file's place at once. A last line without its end was never confirmed; it is
/// kept only where its label is one of the others'. Lines of others stay as they are, also those that someone adds meanwhile.
/// </summary>
internal sealed class CsvLabels : ILabelFile
{
    public const string Extension = ".csv";
    private static readonly UTF8Encoding utf8 = new(encoderShouldEmitUTF8Identifier: false);
    private readonly string path, folder;
    private readonly WriterLock writer;
    private readonly Dictionary<string, string> labels = [];
    private List<CsvRecord> records = [];
    private (long Length, DateTime Time) seen;

    /// <exception cref="ImageDataException">Another process writes it, or it names an image twice.</exception>
    public CsvLabels(string path)
    {
        (this.path, folder) = (Path.GetFullPath(path), Path.GetDirectoryName(Path.GetFullPath(path))!);
        Directory.CreateDirectory(folder);
        writer = new(this.path + ".lock", path);
        try
        {
            Read();
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
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, 1))
        {
            var length = file.Length;
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
        records.RemoveAll(record => IsLabel(record) && FullPath(record) == image);
        Replace();
        labels.Remove(image);
    }

    private void Read()
    {
        labels.Clear();
        var text = File.Exists(path) ? File.ReadAllText(path, utf8) : "";
        records = [.. CsvRecords.Parse(text.TrimEnd('\0'))]; // a disk that lost its power can leave zeros
        var mended = records.Count == 0 || text.EndsWith('\0');
        if (records.Count == 0) records.Add(new(CsvRecords.Write("path", "label"), ["path", "label"]));
        for (var i = 0; i < records.Count; i++)
        {
            if (!records[i].IsWhole)
            {
                mended = true;
                if (IsLabel(records[i]) && !labels.ContainsValue(records[i].Fields[1])) continue; // perhaps half a word
                records[i] = records[i] with { Raw = records[i].Raw + "\n" };
            }
            if (IsLabel(records[i]) && !labels.TryAdd(FullPath(records[i]), records[i].Fields[1]))
                throw new ImageDataException($"{path} names {records[i].Fields[0]} twice; leave one of the lines out.");
        }
        records.RemoveAll(record => !record.IsWhole);
        if (mended) Replace();
        seen = State();
    }

    private void Replace()
    {
        var part = path + ".part";
        using (var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            foreach (var record in records) file.Write(utf8.GetBytes(record.Raw));
            file.Flush(flushToDisk: true);
        }
        File.Move(part, path, overwrite: true);
        seen = State();
    }

    /// <summary>Someone may have worked on it with an editor.</summary>
    private void ReadAgainIfChanged()
    {
        if (State() != seen) Read();
    }

    private (long, DateTime) State()
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc) : default;
    }

    /// <summary>The header names no file that exists and ends like no image; a remark begins with #.</summary>
    private bool IsLabel(CsvRecord record) => record.Fields is [{ Length: > 0 } name, { Length: > 0 }, ..]
        && (ImageFile.Extensions.Contains(Path.GetExtension(name)) || File.Exists(FullPath(record)));

    private string FullPath(CsvRecord record) => Path.GetFullPath(record.Fields[0], folder);

    private string Relative(string image) => Path.GetRelativePath(folder, image).Replace(Path.DirectorySeparatorChar, '/');

    public void Dispose() => writer.Dispose();
}
