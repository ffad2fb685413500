using System.Buffers.Binary;
using System.IO.Compression;
using Foresee.Images;

namespace Foresee.Tests.Images;

/// <summary>A folder of its own for one test, gone with it.</summary>
internal sealed class Scratch : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("foresee-images-").FullName;

    public string At(string path)
    {
        var full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }

    public string Write(string path, byte[] content)
    {
        File.WriteAllBytes(At(path), content);
        return At(path);
    }

    /// <summary>A grey PNG of one value.</summary>
    public string Png(string path, byte value = 0, int size = 4) =>
        Write(path, ImageFile.EncodePng(new(size, size, 1, [.. Enumerable.Repeat(value, size * size)])));

    /// <summary>An IDX file; gzipped when the name says so.</summary>
    public string Idx(string path, int[] sizes, byte[] data) =>
        Write(path, Pack(path, [0, 0, 8, (byte)sizes.Length, .. sizes.SelectMany(BigEndian), .. data]));

    public static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Pack(string path, byte[] content)
    {
        if (!path.EndsWith(".gz", StringComparison.Ordinal)) return content;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(content);
        return packed.ToArray();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
