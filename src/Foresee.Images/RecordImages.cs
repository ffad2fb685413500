using System.Security.Cryptography;

namespace Foresee.Images;

/// <summary>
/// The images of one or more record files, one file after the other, read when they are asked for. Hash: over size, order and bytes of
/// the pixels; what else the records hold does not change it.
/// </summary>
public sealed class RecordImages : IImageSource
{
    private readonly RecordFormat format;
    private readonly RecordFile[] files;
    private string? hash;

    public RecordImages(RecordFormat format, IReadOnlyList<string> paths, string? name = null)
    {
        (this.format, files) = (format, [.. paths.Select(path => new RecordFile(path, format))]);
        (Name, Count) = (name ?? paths[0], files.Sum(file => file.Count));
    }

    public string Name { get; }
    public int Count { get; }

    public string Describe(int index) => Locate(index) is var (file, record) ? $"{file.Path}[{record}]" : "";

    public Image Read(int index)
    {
        var planes = Planes(index);
        var pixels = new byte[planes.Length];
        var (height, width, plane) = (format.Height, format.Width, format.Height * format.Width);
        var (down, right) = format.Order == PlaneOrder.Rows ? (width, 1) : (1, height); // steps within a plane
        var to = 0;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var from = y * down + x * right; from < planes.Length; from += plane)
                    pixels[to++] = planes[from];
        return new(width, height, RecordFormat.Channels, pixels);
    }

    public Image Read(int index, InputFormat fit)
    {
        var image = Read(index);
        return fit.Matches(image) ? image : ImageFile.Fit(image, fit, Describe(index));
    }

    public string Hash(CancellationToken cancel = default) => hash ??= ComputeHash(cancel);

    private byte[] Planes(int index)
    {
        var (file, record) = Locate(index);
        var planes = GC.AllocateUninitializedArray<byte>(format.Pixels);
        file.Read(record, format.Prefix, planes);
        return planes;
    }

    private (RecordFile File, int Record) Locate(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = 0;
        while (index >= files[file].Count) index -= files[file++].Count;
        return (files[file], index);
    }

    private string ComputeHash(CancellationToken cancel)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData([.. BitConverter.GetBytes(format.Height), .. BitConverter.GetBytes(format.Width), (byte)format.Order]);
        for (var index = 0; index < Count; index++)
        {
            cancel.ThrowIfCancellationRequested();
            sha.AppendData(Planes(index));
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
