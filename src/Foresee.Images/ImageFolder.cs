using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Foresee.Images.Decoding;

namespace Foresee.Images;

/// <summary>
/// The image files of a folder and its subfolders, in ordinal order of their paths, as <see cref="FolderWalk"/> finds them. Hash: over
/// relative path, size and content of each file; a file that can't be opened counts as of size -1.
/// </summary>
public sealed class ImageFolder : IImageSource
{
    private const int Buffer = 1 << 17;
    private string? hash;
    private string[]? fingerprints;

    public ImageFolder(string folder, string? name = null) : this(folder, Find(folder), name) { }

    internal ImageFolder(string folder, FolderWalk walk, string? name) : this(folder, walk.Files, name) => PassedOver = walk.PassedOver;

    /// <param name="files">Relative to the folder, with /.</param>
    public ImageFolder(string folder, IReadOnlyList<string> files, string? name = null) =>
        (Folder, Files, Name) = (folder, files, name ?? folder);

    public string Folder { get; }
    public IReadOnlyList<string> Files { get; }
    public string Name { get; }
    public int Count => Files.Count;
    public IReadOnlyList<PassedOver> PassedOver { get; init; } = [];

    public string Describe(int index) => Path.Combine(Folder, Files[index]);
    public Image Read(int index) => ImageFile.Read(Describe(index));
    public Image Read(int index, InputFormat fit) => ImageFile.Read(Describe(index), fit);
    public PictureHeader Look(int index) => ImageFile.Look(Describe(index));
    public IReadOnlyList<long[]>? CountLevels(int index) => ImageFile.CountLevels(Describe(index));

    public string Hash(CancellationToken cancel = default) => hash ??= ComputeHash(cancel);

    public IReadOnlyList<ImageFingerprint> Fingerprints(CancellationToken cancel = default)
    {
        Hash(cancel);
        return [.. Files.Zip(fingerprints!, (file, content) => new ImageFingerprint(file, content))];
    }

    /// <summary>All image files of a folder.</summary>
    /// <exception cref="ImageDataException">There are none.</exception>
    internal static FolderWalk Find(string folder)
    {
        var walk = new FolderWalk(folder);
        if (walk.Files.Count > 0) return walk;
        var others = walk.PassedOver.Count == 0 ? "it is empty" : $"it has {string.Join("; ", walk.PassedOver)}";
        throw new ImageDataException($"The folder {folder} holds no images: {others}. Images end in "
            + $"{string.Join(" ", ImageFile.Extensions)}.");
    }

    private string ComputeHash(CancellationToken cancel)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, contents) = (new byte[Buffer], new string[Files.Count]);
        for (var i = 0; i < contents.Length; i++) contents[i] = Append(sha, i, buffer, cancel);
        fingerprints = contents;
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }

    /// <summary>Adds a file to the hash, a piece at a time: it may be larger than memory.</summary>
    /// <returns>A short sum of this file alone; empty where it can't be opened.</returns>
    private string Append(IncrementalHash sha, int index, byte[] buffer, CancellationToken cancel)
    {
        Span<byte> size = stackalloc byte[8];
        sha.AppendData(Encoding.UTF8.GetBytes(Files[index] + "\0"));
        using var own = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            using var handle = FileContent.Open(Describe(index));
            var length = RandomAccess.GetLength(handle);
            BinaryPrimitives.WriteInt64LittleEndian(size, length);
            sha.AppendData(size);
            for (long at = 0; at < length;)
            {
                cancel.ThrowIfCancellationRequested();
                var count = RandomAccess.Read(handle, buffer, at);
                if (count == 0) break; // it became shorter meanwhile; the size says what it was
                sha.AppendData(buffer, 0, count);
                own.AppendData(buffer, 0, count);
                at += count;
            }
            return Convert.ToHexStringLower(own.GetHashAndReset())[..16];
        }
        catch (Exception error) when (error is Refusal or IOException or UnauthorizedAccessException)
        {
            BinaryPrimitives.WriteInt64LittleEndian(size, error is Refusal { Kind: RefusalKind.NotAFile } && IsEmpty(index) ? 0 : -1);
            sha.AppendData(size); // whoever reads the image names it
            return "";
        }
    }

    /// <summary>As those of earlier versions counted it, which opened it.</summary>
    private bool IsEmpty(int index) => new FileInfo(Describe(index)) is { Exists: true, Length: 0 };
}
