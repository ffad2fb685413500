using System.Security.Cryptography;
using Foresee.Images;

namespace Foresee.Fitting;

/// <summary>
/// Which images are the same byte by byte, under whatever names: a folder of labelled images is often a copy of some of the others. Files
/// are compared, and the place in them where they hold many.
/// </summary>
internal static class ImageCopies
{
    /// <summary>A word for each image that its copies share.</summary>
    /// <param name="isShared">By bytes: whether a file of this size may have a copy, and so is read.</param>
    public static string[] Of(IImageSource images, Predicate<long> isShared)
    {
        var sums = new Dictionary<string, string>();
        return [.. Enumerable.Range(0, images.Count).Select(index =>
        {
            var (path, place) = ImageKeys.Split(images.Describe(index));
            if (!sums.TryGetValue(path, out var sum)) sums[path] = sum = SumOf(path, isShared);
            return sum + place;
        })];
    }

    /// <summary>Sizes in bytes of the files that images lie in.</summary>
    public static HashSet<long> Sizes(IImageSource images) =>
        [.. Enumerable.Range(0, images.Count).Select(index => ImageKeys.Split(images.Describe(index)).Path).Distinct()
            .Select(path => new FileInfo(path)).Where(file => file.Exists).Select(file => file.Length)];

    private static string SumOf(string path, Predicate<long> isShared)
    {
        var file = new FileInfo(path);
        try
        {
            if (!file.Exists || !isShared(file.Length)) return path;
            using var stream = file.OpenRead();
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return path; // whoever reads it says so
        }
    }
}
