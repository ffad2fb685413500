namespace Foresee.Images.Decoding;

/// <summary>The bytes of image files. Only ordinary files are opened: a named pipe would wait for a writer, a device has no end.</summary>
internal static class FileContent
{
    /// <summary>The whole file.</summary>
    /// <exception cref="Refusal">No such file, no ordinary one, empty, or unreadable.</exception>
    public static byte[] Read(string path)
    {
        using var handle = Open(path);
        var length = RandomAccess.GetLength(handle);
        if (length > Array.MaxLength)
            throw new Refusal(RefusalKind.TooLarge, $"the file has {length} bytes, at most {Array.MaxLength} are read");
        var content = GC.AllocateUninitializedArray<byte>((int)length);
        for (var filled = 0; filled < content.Length;)
        {
            var count = ReadSome(handle, content.AsSpan(filled), filled);
            if (count == 0) throw new Refusal(RefusalKind.Unreadable, "the file became shorter while it was read");
            filled += count;
        }
        return content;
    }

    /// <summary>An ordinary file, links followed, opened for reading.</summary>
    /// <exception cref="Refusal">There is none, or it can't be opened.</exception>
    public static Microsoft.Win32.SafeHandles.SafeFileHandle Open(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (Directory.Exists(path)) throw new Refusal(RefusalKind.NotAFile, "it is a folder, not a file");
            if (file.LinkTarget is not null) file = (FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file;
            if (!file.Exists) throw new Refusal(RefusalKind.Missing, Missing(path));
            if (file.Length == 0)
                throw new Refusal(RefusalKind.NotAFile, "the file is empty, or no ordinary file (a pipe, a socket, a device)");
            return File.OpenHandle(file.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new Refusal(RefusalKind.Unreadable, Words(error, path));
        }
    }

    private static string Missing(string path) => path.Contains('\uFFFD', StringComparison.Ordinal)
        ? "its name is not UTF-8, so it can't be opened; rename it (convmv -f latin1 -t utf8)"
        : new FileInfo(path).LinkTarget is { } target ? $"it is a link to {target}, and nothing is there" : "there is no such file";

    private static string Words(Exception error, string path) => error is UnauthorizedAccessException
        ? "you have no right to read it"
        : error.Message.Replace($" : '{path}'", "", StringComparison.Ordinal).TrimEnd('.');

    private static int ReadSome(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> target, long offset)
    {
        try
        {
            return RandomAccess.Read(handle, target, offset);
        }
        catch (IOException error)
        {
            throw new Refusal(RefusalKind.Unreadable, error.Message.TrimEnd('.'));
        }
    }
}
