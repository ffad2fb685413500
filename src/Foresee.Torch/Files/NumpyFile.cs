using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Foresee.Torch.Files;

/// <summary>One tensor in NumPy's .npy format, version 1.0, little-endian.</summary>
public static partial class NumpyFile
{
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    private const int DigitsOfFirstSize = 21; // NumPy leaves room for the first size to grow; so files are equal to its own

    private static readonly IReadOnlyDictionary<string, DType> Types = new Dictionary<string, DType>
    {
        ["<f4"] = DType.Float32,
        ["<f8"] = DType.Float64,
        ["<f2"] = DType.Float16,
        ["<i2"] = DType.Int16,
        ["<i4"] = DType.Int32,
        ["<i8"] = DType.Int64,
        ["|i1"] = DType.Int8,
        ["|u1"] = DType.UInt8,
        ["|b1"] = DType.Bool,
    };

    /// <summary>Writes a whole file or none; numpy.load reads it. BFloat16, which NumPy lacks, must be converted first.</summary>
    public static void Write(string path, Tensor tensor)
    {
        var descr = Types.FirstOrDefault(type => type.Value == tensor.DType).Key
            ?? throw new ArgumentException($"NumPy has no {tensor.DType}; convert the tensor with To(DType.Float32).");
        Write(path, descr, tensor.Shape, stream => TensorBytes.Write(tensor, stream));
    }

    /// <summary>The same of rows of equal length, which need no libtorch.</summary>
    public static void Write(string path, IReadOnlyList<float[]> rows)
    {
        var width = rows.Count > 0 ? rows[0].Length : 0;
        if (rows.FirstOrDefault(row => row.Length != width) is { } other)
            throw new ArgumentException($"Rows of a table are equally long, got {width} and {other.Length}.");
        Write(path, "<f4", [rows.Count, width], stream =>
        {
            var bytes = new byte[4 * width];
            foreach (var row in rows)
            {
                for (var i = 0; i < width; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), row[i]);
                stream.Write(bytes);
            }
        });
    }

    private static void Write(string path, string descr, long[] lengths, Action<FileStream> write)
    {
        var sizes = Array.ConvertAll(lengths, size => size.ToString(CultureInfo.InvariantCulture));
        var shape = sizes.Length == 1 ? sizes[0] + "," : string.Join(", ", sizes);
        var room = sizes.Length == 0 ? 0 : DigitsOfFirstSize - sizes[0].Length;
        var text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}" + new string(' ', room);
        var padded = (Magic.Length + 2 + text.Length + 1 + 63) / 64 * 64; // the data starts at a multiple of 64
        var header = Encoding.ASCII.GetBytes(text.PadRight(padded - Magic.Length - 3) + "\n");
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[2];
            BinaryPrimitives.WriteUInt16LittleEndian(length, (ushort)header.Length);
            stream.Write(Magic);
            stream.Write(length);
            stream.Write(header);
            write(stream);
        });
    }

    /// <exception cref="InvalidDataException">The file is damaged or of a kind not read here; the message says why.</exception>
    public static Tensor Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        var header = Header(stream, path);
        if (Shape().Match(header) is not { Success: true } sizes
            || !Types.TryGetValue(ElementType().Match(header).Groups[1].Value, out var type))
            throw new InvalidDataException($"{path}: can't read an array with the header {header.Trim()}; known element types are "
                + $"{string.Join(", ", Types.Keys)}.");
        if (header.Contains("'fortran_order': True", StringComparison.Ordinal))
            throw new InvalidDataException($"{path} is stored column by column (fortran_order); save it with numpy.ascontiguousarray.");
        var shape = sizes.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(size => long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue)
            .ToArray();
        var needed = shape.Aggregate((double)type.Size(), (product, size) => product * size); // can't overflow, exact up to 2^53
        if (needed != stream.Length - stream.Position)
            throw new InvalidDataException($"{path}: the array takes {needed} bytes, the file holds {stream.Length - stream.Position}; it "
                + "was cut short or is damaged.");
        var tensor = Tensor.Empty(shape, type);
        TensorBytes.Read(tensor, stream);
        return tensor;
    }

    private static string Header(FileStream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[10];
        if (stream.ReadAtLeast(prefix, 10, throwOnEndOfStream: false) < 10 || !prefix[..8].SequenceEqual(Magic))
            throw new InvalidDataException($"{path} is no .npy file of version 1.0; write it with numpy.save.");
        var header = new byte[BinaryPrimitives.ReadUInt16LittleEndian(prefix[8..])];
        if (header.Length > stream.Length - 10)
            throw new InvalidDataException($"{path}: the header claims {header.Length} bytes, the file holds {stream.Length - 10}.");
        stream.ReadExactly(header);
        return Encoding.ASCII.GetString(header);
    }

    [GeneratedRegex(@"'descr': *'([^']+)'")]
    private static partial Regex ElementType();

    [GeneratedRegex(@"'shape': *\(([0-9, ]*)\)")]
    private static partial Regex Shape();
}
