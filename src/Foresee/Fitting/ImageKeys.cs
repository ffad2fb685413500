using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Foresee.Images;

namespace Foresee.Fitting;

/// <summary>
/// Which image is which, over several calls and several sources: the file with its size and time of change, and the place in it where it
/// holds many. Two sources that hold one file give it one key; copies of a file have keys of their own, see <see cref="ImageCopies"/>.
/// </summary>
internal static class ImageKeys
{
    public static string[] Of(IImageSource images)
    {
        var files = new Dictionary<string, string>();
        return [.. Enumerable.Range(0, images.Count).Select(index => Of(images.Describe(index), files))];
    }

    private static string Of(string described, Dictionary<string, string> files)
    {
        var (path, place) = Split(described);
        if (!files.TryGetValue(path, out var key))
        {
            var file = new FileInfo(path);
            files[path] = key = file.Exists ? string.Create(CultureInfo.InvariantCulture,
                $"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}") : path;
        }
        return key + place;
    }

    /// <summary>"file[17]" into "file" and "[17]".</summary>
    public static (string Path, string Place) Split(string described)
    {
        if (File.Exists(described)) return (described, "");
        var bracket = described.EndsWith(']') ? described.LastIndexOf('[') : -1;
        return bracket < 0 ? (described, "") : (described[..bracket], described[bracket..]);
    }

    /// <summary>16 hex digits of any words.</summary>
    public static string Hash(IEnumerable<string> words)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var word in words) sha.AppendData(Encoding.UTF8.GetBytes(word + "\0"));
        return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];
    }
}
