using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Foresee.Images;

/// <summary>
/// The image files of a folder and its subfolders, in ordinal order of their paths. Hidden files and folders (.name), and files
/// whose ending is none of <see cref="ImageFile.Extensions"/>, are left out. Hash: over relative path, size and content of each file;
/// a file that can't be opened counts as of size -1.
/// </summary>
public sealed class ImageFolder : IImageSource
{
    private readonly Lazy<string> hash;

    public ImageFolder(string folder, string? name = null) : this(folder, Find(folder), name) { }

    /// <param name="files">Relative to the folder, with /.</param>
    public ImageFolder(string folder, IReadOnlyList<string> files, string? name = null)
    {
        (Folder, Files, Name) = (folder, files, name ?? folder);
        hash = new(ComputeHash);
    }

    public string Folder { get; }
    public IReadOnlyList<string> Files { get; }
    public string Name { get; }
    public int Count => Files.Count;

    public string Describe(int index) => Path.Combine(Folder, Files[index]);
    public Image Read(int index) => ImageFile.Read(Describe(index));
    public Image Read(int index, InputFormat fit) => ImageFile.Read(Describe(index), fit);
    public IReadOnlyList<long[]>? CountLevels(int index) => ImageFile.CountLevels(Describe(index));
    public string Hash() => hash.Value;

    /// <summary>Relative paths of all image files.</summary>
    /// <exception cref="ImageDataException">There are none.</exception>
    public static IReadOnlyList<string> Find(string folder)
    {
        if (!Directory.Exists(folder)) throw new ImageDataException($"There is no folder {folder}; check the path.");
        var found = new List<string>();
        var others = 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.Hidden, IgnoreInaccessible = false };
        try
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*", options))
                if (ImageFile.Extensions.Contains(Path.GetExtension(file))) found.Add(Path.GetRelativePath(folder, file));
                else others++;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ImageDataException($"The folder {folder} can't be listed: {error.Message}", error);
        }
        if (found.Count == 0)
            throw new ImageDataException($"The folder {folder} holds no images ({(others == 0 ? "it is empty" : $"{others} other files")}); images end in {string.Join(" ", ImageFile.Extensions)}.");
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static byte[]? Content(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // whoever reads the image names it
        }
    }

    private string ComputeHash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> size = stackalloc byte[8];
        foreach (var file in Files)
        {
            var content = Content(Path.Combine(Folder, file));
            BinaryPrimitives.WriteInt64LittleEndian(size, content?.Length ?? -1);
            sha.AppendData(Encoding.UTF8.GetBytes(file + "\0"));
            sha.AppendData(size);
            sha.AppendData(content ?? []);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
