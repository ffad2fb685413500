using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Foresee.Server.Tests;

/// <summary>Files that nobody should send.</summary>
internal static class MadeFiles
{
    /// <summary>A PNG file whose header tells so many pixels; its data are rows of 0, as many as said.</summary>
    public static byte[] PngBomb(int width, int height, int rows)
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8; // bits, grey
        Chunk(file, "IHDR", header);
        Chunk(file, "IDAT", Compressed(new byte[1 + width], rows));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A small picture with a compressed remark that is large when it is unpacked.</summary>
    public static byte[] PngWithRemark(byte[] picture, int unpacked)
    {
        using var file = new MemoryStream();
        const int afterHeader = 8 + 25;
        file.Write(picture.AsSpan(0, afterHeader));
        Chunk(file, "zTXt", [.. "Comment\0\0"u8, .. Compressed(new byte[1 << 16], unpacked >> 16)]);
        file.Write(picture.AsSpan(afterHeader));
        return file.ToArray();
    }

    private static byte[] Compressed(byte[] row, int rows)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
            for (var y = 0; y < rows; y++) zlib.Write(row);
        return data.ToArray();
    }

    private static void Chunk(MemoryStream file, string type, byte[] data)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(byte[] data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }

    /// <summary>A GIF whose screen and frame are as large as the format allows, with data for one pixel.</summary>
    public static byte[] GifBomb() =>
    [
        .. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
        0x2C, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 2, 2, 0x44, 1, 0, 0x3B,
    ];

    /// <summary>A grey TIFF of one strip, or one whose list of pages begins anew at its end.</summary>
    public static byte[] Tiff(int width, int height, bool endless = false)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        (ushort Tag, ushort Type, int Value)[] entries =
        [
            (256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1),
            (273, 4, 134), (277, 3, 1), (278, 4, height), (279, 4, 16),
        ];
        writer.Write("II*\0"u8);
        writer.Write(8);
        writer.Write((ushort)entries.Length);
        foreach (var (tag, type, value) in entries)
        {
            writer.Write(tag);
            writer.Write(type);
            writer.Write(1);
            writer.Write(value);
        }
        writer.Write(endless ? 8 : 0);
        file.SetLength(134 + 16);
        return file.ToArray();
    }
}
