using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Foresee.Images;

/// <summary>
/// All images of one IDX file, in memory: [count, height, width] grey, or [count, height, width, channels], the last of 2 or 4 alpha.
/// Hash: over the uncompressed file, so that gzipped and plain files agree.
/// </summary>
public sealed class IdxImages : IImageSource
{
    private readonly IdxFile file;
    private readonly int bytes;
    private string? hash;

    public IdxImages(string path, string? name = null)
    {
        file = IdxFile.Read(path, 3, 4);
        Name = name ?? path;
        Channels = file.Sizes.Length == 4 ? file.Sizes[3] : 1;
        if (Channels > 4) throw new ImageDataException($"{path} has {Channels} channels per pixel; an image has 1 to 4.");
        bytes = Height * Width * Channels;
    }

    public string Name { get; }
    public int Count => file.Sizes[0];
    public int Height => file.Sizes[1];
    public int Width => file.Sizes[2];
    public int Channels { get; }

    public string Describe(int index) => $"{file.Path}[{index}]";

    /// <summary>The pixels themselves, without a copy.</summary>
    public ReadOnlySpan<byte> Pixels(int index) => file.Data.AsSpan(checked(index * bytes), bytes);

    public Image Read(int index) => new(Width, Height, Channels, Pixels(index).ToArray());

    public Image Read(int index, InputFormat fit) => Holds(fit) ? Read(index) : ImageFile.Fit(Read(index), fit, Describe(index));

    public bool Holds(InputFormat fit) => fit.ReadHeight == Height && fit.ReadWidth == Width && fit.Channels == Channels
        && Channels is 1 or 3;

    public string Hash(CancellationToken cancel = default) => hash ??= ComputeHash();

    private string ComputeHash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = [0, 0, 8, (byte)file.Sizes.Length];
        sha.AppendData(word);
        foreach (var size in file.Sizes)
        {
            BinaryPrimitives.WriteInt32BigEndian(word, size);
            sha.AppendData(word);
        }
        sha.AppendData(file.Data);
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
