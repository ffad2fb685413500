using System.Buffers.Binary;

namespace Foresee.Tests.Images;

/// <summary>A plain TIFF file, as the specification describes it: one page, one strip (or one for each channel), no compression.</summary>
internal sealed record MadeTiff(int Width, int Height, int Channels, int Bits)
{
    private const int Short = 3, Long = 4, Long8 = 16;

    /// <summary>1: grey; 2: RGB. What there are of channels beyond these are extra.</summary>
    public int Photometric { get; init; } = 1;

    /// <summary>What the extra channels are: 0 unspecified, 1 and 2 alpha; null leaves the tag out.</summary>
    public int[]? Extra { get; init; }

    /// <summary>One plane after the other instead of pixel by pixel.</summary>
    public bool Planes { get; init; }

    /// <summary>SampleFormat: 1 without a sign, 2 signed, 3 floating-point; null leaves the tag out.</summary>
    public int? Format { get; init; }

    /// <summary>As EXIF numbers it, 1 to 8; null leaves the tag out.</summary>
    public int? Orientation { get; init; }

    public bool BigEndian { get; init; }

    /// <summary>The variant with 64-bit offsets.</summary>
    public bool Big { get; init; }

    /// <param name="values">Height x Width x Channels, row by row.</param>
    public byte[] File(IReadOnlyList<int> values)
    {
        var stored = Planes ? [.. Enumerable.Range(0, Channels).SelectMany(c => values.Where((_, i) => i % Channels == c))] : values;
        byte[] data = [.. stored.SelectMany(value => Number(value, Bits / 8))];
        var strips = Planes ? Channels : 1;
        List<(int Tag, int Type, long[] Values)> tags = [
            (256, Long, [Width]), (257, Long, [Height]), (258, Short, [.. Enumerable.Repeat((long)Bits, Channels)]), (259, Short, [1]),
                (262, Short, [Photometric]),
            (273, Big ? Long8 : Long, new long[strips]), (277, Short, [Channels]), (278, Long, [Height]),
            (279, Long, [.. Enumerable.Repeat((long)data.Length / strips, strips)]), (284, Short, [Planes ? 2 : 1]),
        ];
        if (Orientation is { } side) tags.Insert(6, (274, Short, [side]));
        if (Extra is not null) tags.Add((338, Short, [.. Extra.Select(kind => (long)kind)]));
        if (Format is { } format) tags.Add((339, Short, [.. Enumerable.Repeat((long)format, Channels)]));

        var (word, header) = Big ? (8, 16) : (4, 8);
        // where values that don't fit into their tag begin
        var beyond = header + (Big ? 8 : 2) + tags.Count * (4 + 2 * word) + word;
        // where the pixels begin
        var start = beyond + tags.Sum(tag => Size(tag.Type) * tag.Values.Length is var bytes && bytes > word ? bytes : 0);
        List<byte> directory = [.. Number(tags.Count, Big ? 8 : 2)], outside = [];
        foreach (var (tag, type, numbers) in tags)
        {
            var given = tag == 273 ? Enumerable.Range(0, strips).Select(strip => start + strip * (long)data.Length / strips) : numbers;
            byte[] bytes = [.. given.SelectMany(number => Number(number, Size(type)))];
            directory.AddRange([.. Number(tag, 2), .. Number(type, 2), .. Number(numbers.Length, word)]);
            directory.AddRange(bytes.Length <= word ? [.. bytes, .. new byte[word - bytes.Length]] : Number(beyond + outside.Count, word));
            if (bytes.Length > word) outside.AddRange(bytes);
        }
        byte[] order = BigEndian ? "MM"u8.ToArray() : "II"u8.ToArray();
        byte[] version = Big ? [.. Number(43, 2), .. Number(8, 2), .. Number(0, 2)] : Number(42, 2);
        return [.. order, .. version, .. Number(header, word), .. directory, .. new byte[word], .. outside, .. data];
    }

    private static int Size(int type) => type switch { Short => 2, Long => 4, _ => 8 };

    private byte[] Number(long value, int bytes)
    {
        var all = new byte[8];
        if (BigEndian) BinaryPrimitives.WriteInt64BigEndian(all, value);
        else BinaryPrimitives.WriteInt64LittleEndian(all, value);
        return BigEndian ? all[^bytes..] : all[..bytes];
    }
}
