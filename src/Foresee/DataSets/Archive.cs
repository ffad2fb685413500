using System.Formats.Tar;
using System.IO.Compression;

namespace Foresee.DataSets;

/// <summary>Gzipped tar archives of files and folders. What would lie outside the folder is refused, and so are links.</summary>
internal static class Archive
{
    /// <param name="progress">Bytes read of the archive.</param>
    /// <exception cref="DownloadException">Damaged, or with entries that a data set has no use for.</exception>
    public static void Unpack(string path, string folder, Action<long>? progress, CancellationToken cancel)
    {
        var root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        Directory.CreateDirectory(root);
        try
        {
            using var file = File.OpenRead(path);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            while (tar.GetNextEntry() is { } entry)
            {
                cancel.ThrowIfCancellationRequested();
                Write(entry, root, path, cancel);
                progress?.Invoke(file.Position);
            }
            gzip.CopyTo(Stream.Null); // to its end, where its sum is compared
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DownloadException($"{path} is damaged: {error.Message} Delete it and start the same command again.", error);
        }
    }

    private static void Write(TarEntry entry, string root, string path, CancellationToken cancel)
    {
        if (entry.EntryType is TarEntryType.GlobalExtendedAttributes) return; // remarks of the program that packed it
        var place = Path.GetFullPath(Path.Combine(root, entry.Name));
        if (!(place + Path.DirectorySeparatorChar).StartsWith(root, StringComparison.Ordinal))
            throw new DownloadException($"{path} wants to write {entry.Name}, outside the folder it is unpacked into; it is not the "
                + "archive it should be. Delete it.");
        if (entry.EntryType is TarEntryType.Directory)
        {
            Directory.CreateDirectory(place);
            return;
        }
        if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile))
            throw new DownloadException($"{path} holds {entry.Name}, a {entry.EntryType}; images come as files and folders only. It is not "
                + "the archive it should be; delete it.");
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        using var target = new FileStream(place, FileMode.Create, FileAccess.Write);
        if (entry.DataStream is { } content) Copy(content, target, cancel);
    }

    /// <summary>Stops in the midst of a file, too: STL-10's largest has 2.8 GB.</summary>
    private static void Copy(Stream content, FileStream target, CancellationToken cancel)
    {
        var buffer = new byte[1 << 17];
        while (content.Read(buffer) is > 0 and var count)
        {
            cancel.ThrowIfCancellationRequested();
            target.Write(buffer, 0, count);
        }
    }
}
