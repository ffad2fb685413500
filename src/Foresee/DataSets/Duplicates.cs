using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Foresee.Images;

namespace Foresee.DataSets;

/// <summary>The parts between which an image must not repeat itself.</summary>
public enum Split
{
    Train,
    Unlabelled,
    Test,
}

/// <summary>The images of a part.</summary>
/// <param name="ClassOf">The class of an image, in words; null where the part has no labels.</param>
public sealed record DataPart(Split Split, IImageSource Images, Func<int, string>? ClassOf);

/// <summary>One of several images that are the same.</summary>
/// <param name="Class">Null where it has no label.</param>
public sealed record Duplicate(Split Split, string File, string? Class);

/// <summary>Images with the same pixels, in the order of their parts: two or more.</summary>
/// <param name="Hash">SHA-256 of size, channels and pixels.</param>
public sealed record DuplicateGroup(string Hash, IReadOnlyList<Duplicate> Images)
{
    public bool IsIn(Split split) => Images.Any(image => image.Split == split);

    /// <summary>Whether its labels contradict each other.</summary>
    public bool Disagrees => Images.Select(image => image.Class).OfType<string>().Distinct().Count() > 1;
}

/// <summary>Images that occur more than once, pixel by pixel: neither resized nor recompressed copies are found.</summary>
/// <param name="Counts">Images of each part that could be read.</param>
/// <param name="Groups">Those that reach into the test part first, then in the order of the images.</param>
public sealed record Duplicates(IReadOnlyDictionary<Split, int> Counts, IReadOnlyList<DuplicateGroup> Groups,
    IReadOnlyList<SkippedImage> Skipped)
{
    /// <summary>Decodes every image once, on all threads.</summary>
    /// <param name="progress">Images read, of so many; on any thread.</param>
    public static Duplicates Find(IReadOnlyList<DataPart> parts, Action<int, int>? progress = null, CancellationToken cancel = default)
    {
        (DataPart Part, int Index)[] all = [.. parts.SelectMany(part =>
            Enumerable.Range(0, part.Images.Count).Select(index => (part, index)))];
        var (hashes, unreadable, done) = (new string?[all.Length], new SkippedImage?[all.Length], 0);
        DecodingJobs.Run(all.Length, i =>
        {
            var (part, index) = all[i];
            try
            {
                hashes[i] = Hash(part.Images, index);
            }
            catch (UnreadableImageException error)
            {
                unreadable[i] = new(index, error.File, error.Reason);
            }
            progress?.Invoke(Interlocked.Increment(ref done), all.Length);
        }, null, cancel);

        var counts = parts.GroupBy(part => part.Split).ToDictionary(group => group.Key, _ => 0);
        for (var i = 0; i < all.Length; i++)
            if (hashes[i] is not null) counts[all[i].Part.Split]++;
        var groups = Enumerable.Range(0, all.Length).Where(i => hashes[i] is not null).GroupBy(i => hashes[i]!)
            .Where(group => group.Skip(1).Any())
            .Select(group => new DuplicateGroup(group.Key, [.. group.Select(i => Named(all[i].Part, all[i].Index))]))
            .OrderByDescending(group => group.IsIn(Split.Test) && group.Images.Any(image => image.Split != Split.Test));
        return new(counts, [.. groups], [.. unreadable.OfType<SkippedImage>()]);
    }

    /// <summary>Images of a part that have a twin in another part.</summary>
    public int Shared(Split split, Split other) =>
        Groups.Where(group => group.IsIn(other)).Sum(group => group.Images.Count(image => image.Split == split));

    /// <summary>Images of a part beyond the first of each group.</summary>
    public int Repeated(Split split) => Groups.Sum(group => Math.Max(0, group.Images.Count(image => image.Split == split) - 1));

    private static LevelWindow OwnRange(IReadOnlyList<long[]> counts)
    {
        int[] black = [.. counts.Select(values => Math.Min(LevelWindow.Levels - 2, Array.FindIndex(values, count => count > 0)))];
        return new(black, [.. counts.Zip(black, (values, low) => Math.Max(low + 1, Array.FindLastIndex(values, count => count > 0)))]);
    }

    private static Duplicate Named(DataPart part, int index) => new(part.Split, part.Images.Describe(index), part.ClassOf?.Invoke(index));

    private static string Hash(IImageSource images, int index)
    {
        var image = images.Read(index);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[4];
        foreach (var size in (ReadOnlySpan<int>)[image.Width, image.Height, image.Channels])
        {
            BinaryPrimitives.WriteInt32LittleEndian(word, size);
            sha.AppendData(word);
        }
        sha.AppendData(image.Pixels);
        if (image.StoredBits == 16 && images.CountLevels(index) is { } counts)
        {
            // Of 16 bits the pixels above are the upper 8: so also how often each value occurs, and the pixels spread over the image's own
            // range.
            foreach (var values in counts) sha.AppendData(MemoryMarshal.AsBytes<long>(values));
            sha.AppendData(images.Read(index, new(image.Height, image.Width, image.Colours) { Window = OwnRange(counts) }).Pixels);
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());
    }
}
