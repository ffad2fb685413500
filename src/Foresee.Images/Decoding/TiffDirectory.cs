using System.Buffers.Binary;

namespace Foresee.Images.Decoding;

/// <summary>
/// The first directory of a TIFF file, a list of tags with their values: what libvips does not tell of it. Looked at before anything
/// is decoded, since a decoder may turn samples of another type into bytes without a word.
/// </summary>
internal readonly ref struct TiffDirectory
{
    private const int SubfileType = 254, BitsPerSample = 258, Photometric = 262, SamplesPerPixel = 277, Planes = 284, ExtraSamples = 338,
        SampleFormat = 339;
    private const int Strips = 273, StripSizes = 279, Tiles = 324, TileSizes = 325;
    private const int Alpha = 1, UnassociatedAlpha = 2;
    private const int MostPages = 65536;
    private readonly ReadOnlySpan<byte> bytes;
    private readonly bool little, big; // big: the variant whose numbers have 8 bytes instead of 4

    public TiffDirectory(ReadOnlySpan<byte> file)
    {
        bytes = file;
        little = file.Length > 0 && file[0] == 'I';
        big = Number(2, 2) == 43;
    }

    private int Word => big ? 8 : 4;
    private int EntrySize => 4 + 2 * Word;
    private int CountSize => big ? 8 : 2;
    private long FirstDirectory => Number(big ? 8 : 4, Word);

    /// <summary>ExtraSamples says of each channel beyond grey or RGB what it is; several of them are more than alpha.</summary>
    public bool HasAlpha => Values(ExtraSamples) is [Alpha or UnassociatedAlpha];

    /// <summary>
    /// Whether pixels of the first page should lie beyond the end of the file. libvips 8.18 fills them up without a word.
    /// </summary>
    public bool IsCutOff => EndOf(Strips, StripSizes) > bytes.Length || EndOf(Tiles, TileSizes) > bytes.Length;

    private long EndOf(int places, int sizes) => Values(places).Zip(Values(sizes), (place, size) => place + size).DefaultIfEmpty().Max();

    /// <summary>
    /// Pages, without the smaller copies of a page that some programs put behind it. Directories that lead back to one of them, or that
    /// have more entries together than the file has room for, end the count.
    /// </summary>
    public int Pages
    {
        get
        {
            var (pages, directory) = (0, FirstDirectory);
            var (seen, left) = (new HashSet<long>(), (long)bytes.Length / EntrySize);
            while (directory > 0 && left >= 0 && seen.Count < MostPages && seen.Add(directory))
            {
                if (!IsCopy(directory)) pages++;
                var entries = Number(directory, CountSize);
                left -= entries;
                directory = Number(directory + CountSize + entries * EntrySize, Word);
            }
            return Math.Max(1, pages);
        }
    }

    private bool IsCopy(long directory) => Entry(SubfileType, directory) is > 0 and var entry && Number(entry + 4, Word) == 1
        && (Number(Place(SubfileType, directory), Size(entry)) & 1) == 1;

    /// <summary>
    /// Makes readable what libvips, up to 8.18 at least, misreads: of grey files whose channels lie one after the other it takes a row of
    /// all
    /// channels to be as long as that of one, so only the first row is right. It reads the same file right when it is called RGB.
    /// </summary>
    public static void MendPlanes(byte[] file)
    {
        const int Grey = 1, Separate = 2;
        const byte Rgb = 2;
        var directory = new TiffDirectory(file);
        if (directory.Values(Photometric) is [Grey] && directory.Values(Planes) is [Separate] && directory.Values(SamplesPerPixel) is [> 1])
            file[directory.Place(Photometric, directory.FirstDirectory) + (directory.little ? 0 : 1)] = Rgb;
    }

    /// <summary>Why its samples are none that Foresee computes on, in words; null where they are.</summary>
    public string? Obstacle()
    {
        const string Remedy = "; convert it to 8 or 16 bits without a sign";
        var (format, bits) = (Distinct(Values(SampleFormat)), Distinct(Values(BitsPerSample)));
        if (format.Length > 1) return "its channels are of several types" + Remedy;
        var depth = bits.Length == 1 ? $"{bits[0]} bits" : "several depths";
        if (format is [2]) return $"its values are signed integers of {depth}{Remedy}";
        if (format is [3]) return $"its values are floating-point numbers of {depth}{Remedy}";
        if (format is [5 or 6]) return $"its values are complex numbers{Remedy}";
        if (bits is not ([] or [1 or 2 or 4 or 8 or 16]))
            return $"it has {string.Join(" and ", bits)} bits per channel; convert it to 8 or 16";
        return Colours();
    }

    private string? Colours() => Values(Photometric) switch
    {
        [] or [0 or 1 or 2 or 3 or 5 or 6] => null,
        [8 or 9 or 10] => "its colours are CIELAB; convert it to RGB",
        [32803 or 34892] => "it holds raw data of a camera's sensor; convert it to RGB",
        [4] => "it is a mask, no picture",
        [var kind] => $"its colours are of TIFF's kind {kind}; convert it to RGB or grey",
        _ => "its colours are of no known kind; convert it to RGB or grey",
    };

    private static long[] Distinct(long[] values) => [.. values.Distinct()];

    /// <summary>Those of a tag of whole numbers in the first directory; none without such a tag.</summary>
    private long[] Values(int tag)
    {
        var entry = Entry(tag, FirstDirectory);
        if (entry == 0) return [];
        var (size, count) = (Size(entry), Number(entry + 4, Word));
        if (count > bytes.Length / size) return [];
        var at = Place(tag, FirstDirectory);
        var values = new long[count];
        for (var i = 0; i < count; i++) values[i] = Number(at + i * size, size);
        return values;
    }

    private int Size(long entry) => Number(entry + 2, 2) switch { 3 => 2, 4 => 4, 16 => 8, _ => 1 };

    /// <summary>Where the first value of a tag stands.</summary>
    private long Place(int tag, long directory)
    {
        var entry = Entry(tag, directory);
        return Number(entry + 4, Word) * Size(entry) <= Word ? entry + 4 + Word : Number(entry + 4 + Word, Word);
    }

    /// <summary>Where a tag stands; 0 without it.</summary>
    private long Entry(int tag, long directory)
    {
        var entry = directory + CountSize;
        for (var left = Math.Min(Number(directory, CountSize), bytes.Length / EntrySize); left > 0; left--, entry += EntrySize)
            if (Number(entry, 2) == tag) return entry;
        return 0;
    }

    /// <summary>Unsigned, in the file's byte order; 0 outside the file.</summary>
    private long Number(long at, int count)
    {
        if (at < 0 || at > bytes.Length - count) return 0;
        var number = bytes.Slice((int)at, count);
        return count switch
        {
            1 => number[0],
            2 => little ? BinaryPrimitives.ReadUInt16LittleEndian(number) : BinaryPrimitives.ReadUInt16BigEndian(number),
            4 => little ? BinaryPrimitives.ReadUInt32LittleEndian(number) : BinaryPrimitives.ReadUInt32BigEndian(number),
            _ => Math.Max(0, little ? BinaryPrimitives.ReadInt64LittleEndian(number) : BinaryPrimitives.ReadInt64BigEndian(number)),
        };
    }
}
