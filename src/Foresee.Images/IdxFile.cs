using System.Buffers.Binary;
using System.IO.Compression;

namespace Foresee.Images;

/// <summary>
/// One file of the IDX format of the MNIST family, plain or gzipped: two zero bytes, the element type, the number of dimensions,
/// their sizes as big-endian 32-bit integers, then the elements in row-major order. Only bytes (type 8) occur in image sets.
/// </summary>
public sealed class IdxFile
{
    private const int UnsignedByte = 8;
    private const long LargestArray = 0x7FFFFFC7; // of .NET

    private IdxFile(string path, int[] sizes, byte[] data) => (Path, Sizes, Data) = (path, sizes, data);

    public string Path { get; }
    public int[] Sizes { get; }
    public byte[] Data { get; }

    /// <param name="dimensions">How many the file may have; anything else is refused.</param>
    /// <exception cref="ImageDataException">Not an IDX file of bytes, or shorter or longer than its header says.</exception>
    public static IdxFile Read(string path, params ReadOnlySpan<int> dimensions)
    {
        try
        {
            using var file = File.OpenRead(path);
            using Stream stream = IsGzip(file) ? new GZipStream(file, CompressionMode.Decompress) : file;
            return Read(path, stream, dimensions);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw new ImageDataException($"{path} is damaged or cut off: {error.Message} Fetch it again.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageDataException($"{path} can't be opened: {error.Message}", error);
        }
    }

    private static bool IsGzip(FileStream file)
    {
        var gzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        return gzip;
    }

    private static IdxFile Read(string path, Stream stream, ReadOnlySpan<int> dimensions)
    {
        Span<byte> word = stackalloc byte[4];
        stream.ReadExactly(word);
        if (word[0] != 0 || word[1] != 0)
            throw new ImageDataException($"{path} starts with the bytes {Convert.ToHexString(word)}; an IDX file starts with 0000. Is it "
                + "another format?");
        if (word[2] != UnsignedByte)
            throw new ImageDataException($"{path} holds elements of IDX type 0x{word[2]:X2}; images and labels are of type 0x08, unsigned "
                + "bytes.");
        if (!dimensions.Contains(word[3]))
            throw new ImageDataException($"{path} has {word[3]} dimensions, expected {string.Join(" or ", dimensions.ToArray())}; are "
                + "images and labels mixed up?");

        var sizes = new int[word[3]];
        var total = 1L;
        for (var i = 0; i < sizes.Length; i++)
        {
            stream.ReadExactly(word);
            var size = BinaryPrimitives.ReadUInt32BigEndian(word);
            if (size == 0) throw new ImageDataException($"{path} says that dimension {i} has size 0; it holds nothing to read.");
            if (size > LargestArray || (total *= size) > LargestArray)
                throw new ImageDataException($"{path} says that it holds more than {LargestArray} bytes in its first {i + 1} dimensions; "
                    + "the header is damaged, or the set must be split.");
            sizes[i] = (int)size;
        }
        return new(path, sizes, ReadElements(path, stream, total));
    }

    /// <summary>Grows with what really comes, so that a false header can't claim memory for data that isn't there.</summary>
    private static byte[] ReadElements(string path, Stream stream, long total)
    {
        const int Step = 1 << 24;
        var data = GC.AllocateUninitializedArray<byte>((int)Math.Min(total, Step));
        var filled = 0;
        while (true)
        {
            var count = stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            filled += count;
            if (filled == total) break;
            if (filled < data.Length)
                throw new ImageDataException($"{path} ends after {filled} of {total} bytes that its header promises; fetch it again.");
            Array.Resize(ref data, (int)Math.Min(total, data.Length * 2L));
        }
        if (stream.ReadByte() >= 0)
            throw new ImageDataException($"{path} goes on after the {total} bytes that its header promises; it is no proper IDX file.");
        return data;
    }
}
