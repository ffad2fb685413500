using System.Security.Cryptography;
using System.Text;
using Foresee.Images;

namespace Foresee.Server.Labelling;

/// <summary>
/// Labels as copies in a folder per class. A copy is made under another name, flushed to the disk, then moved to its place, so it is whole
/// where it is seen. Its name is the image's path in the pool with '~1' for each '/' and '~0' for each '~', so two images never share one,
/// and it is found again without any list: a file of that name and the same content. Where another image has the name already, the copy
/// is named by a sum of the path.
/// </summary>
internal sealed class FolderLabels : ILabelFile
{
    private const int LongestName = 200; // bytes; most file systems end at 255
    private const string Part = ".foresee-part";
    private readonly string folder;
    private readonly WriterLock writer;
    private readonly Dictionary<string, string> labels = [];
    private readonly Dictionary<string, string> copies = []; // image -> its copy
    private readonly Dictionary<string, string> inPool; // image -> its path in the pool
    private readonly Dictionary<string, string> names; // image -> the copy's name

    /// <param name="pool">Full path of each image, and its path in the pool with /.</param>
    /// <exception cref="ImageDataException">Another process writes it.</exception>
    public FolderLabels(string folder, IEnumerable<KeyValuePair<string, string>> pool)
    {
        this.folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(this.folder);
        writer = new(Path.Combine(this.folder, ".foresee-lock"), folder);
        inPool = new(pool);
        names = inPool.ToDictionary(image => image.Key, image => NameOf(image.Value));
        File.Delete(Path.Combine(this.folder, Part)); // of a copy that was broken off
        Read();
    }

    public IReadOnlyDictionary<string, string> Labels => labels;

    public void Add(string image, string label)
    {
        if (!ClassName.IsFolder(label)) throw ClassName.Bad(label); // whoever made the model named it
        var part = Path.Combine(folder, Part);
        using (var from = File.OpenRead(image))
        using (var to = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            from.CopyTo(to);
            to.Flush(flushToDisk: true);
        }
        var place = Directory.CreateDirectory(Path.Combine(folder, label)).FullName;
        var copy = Path.Combine(place, names[image]);
        if (File.Exists(copy) && !AreSame(copy, image)) copy = Path.Combine(place, SumOf(inPool[image]));
        File.Move(part, copy, overwrite: true);
        (labels[image], copies[image]) = (label, copy);
    }

    public void Remove(string image)
    {
        if (!copies.Remove(image, out var copy)) return; // it lies in its class folder itself
        File.Delete(copy);
        labels.Remove(image);
    }

    private void Read()
    {
        var images = inPool.ToDictionary(entry => SumOf(entry.Value), entry => entry.Key);
        foreach (var (image, name) in names) images[name] = image;
        foreach (var place in Directory.EnumerateDirectories(folder).Where(place => !Path.GetFileName(place).StartsWith('.')))
            foreach (var file in Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories))
            {
                if (!ImageFile.Extensions.Contains(Path.GetExtension(file))) continue;
                var image = images.GetValueOrDefault(Path.GetFileName(file));
                if (image is not null && !AreSame(file, image)) image = null; // another image of that name
                labels.TryAdd(image ?? file, Path.GetFileName(place));
                if (image is not null) copies.TryAdd(image, file);
            }
    }

    internal static string NameOf(string image)
    {
        var name = image.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
        if (Encoding.UTF8.GetByteCount(name) <= LongestName) return name;
        return SumOf(image);
    }

    private static string SumOf(string image) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(image))) + Path.GetExtension(image);

    private static bool AreSame(string file, string image) => File.Exists(image) && new FileInfo(file).Length == new FileInfo(image).Length
        && File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(image));

    public void Dispose() => writer.Dispose();
}
