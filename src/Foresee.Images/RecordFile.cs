using Microsoft.Win32.SafeHandles;

namespace Foresee.Images;

/// <summary>
/// A file of records, read by offset: gigabytes of images need no memory of their own, the system keeps what is used often. Any thread
/// may read.
/// </summary>
internal sealed class RecordFile
{
    private readonly SafeFileHandle handle;
    private readonly RecordFormat format;

    /// <exception cref="ImageDataException">Not a whole number of records.</exception>
    public RecordFile(string path, RecordFormat format)
    {
        (Path, this.format) = (path, format);
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageDataException($"{path} can't be opened: {error.Message}", error);
        }
        var length = RandomAccess.GetLength(handle);
        if (length == 0 || length % format.Bytes != 0)
            throw new ImageDataException($"{path} has {length} bytes, expected a multiple of {format.Bytes} ({format.Prefix} and 3 x "
                + $"{format.Height} x {format.Width} per image); it is cut off, or another format. Fetch it again.");
        Count = checked((int)(length / format.Bytes));
    }

    public string Path { get; }

    /// <summary>Records in the file.</summary>
    public int Count { get; }

    /// <summary>Fills the target from a place within a record.</summary>
    /// <exception cref="UnreadableImageException">The file is no longer what it was, or the disk fails.</exception>
    public void Read(int record, int place, Span<byte> target)
    {
        var offset = (long)record * format.Bytes + place;
        while (target.Length > 0)
        {
            var count = ReadSome(record, target, offset);
            target = target[count..];
            offset += count;
        }
    }

    private int ReadSome(int record, Span<byte> target, long offset)
    {
        try
        {
            var count = RandomAccess.Read(handle, target, offset);
            return count > 0 ? count : throw new UnreadableImageException($"{Path}[{record}]",
                "the file became shorter while it was in use");
        }
        catch (IOException error)
        {
            throw new UnreadableImageException($"{Path}[{record}]", error.Message);
        }
    }
}
