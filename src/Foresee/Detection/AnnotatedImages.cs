using System.Security.Cryptography;
using System.Text;
using Foresee.Images;

namespace Foresee.Detection;

/// <summary>Images with boxes.</summary>
/// <param name="Name">The folder and its split.</param>
/// <param name="Remarks">What was left out or mended, each with a file's name.</param>
public sealed record AnnotatedImages(string Name, IReadOnlyList<AnnotatedImage> Images, IReadOnlyList<string> Remarks)
{
    /// <summary>In ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; } =
        [.. Images.SelectMany(image => image.Objects).Select(o => o.Class).Distinct().Order(StringComparer.Ordinal)];

    public int Objects => Images.Sum(image => image.Objects.Count);

    /// <summary>A part of the images, drawn by the seed: the smaller share is a part of the larger.</summary>
    /// <param name="share">Above 0, at most 1; at least one image is kept.</param>
    public AnnotatedImages Share(double share, int seed)
    {
        if (share is not (> 0 and <= 1)) throw new ArgumentException($"A share of the images lies above 0, at most at 1, got {share}.");
        var count = Math.Max(1, (int)Math.Round(share * Images.Count));
        var order = new SeededOrder((ulong)seed).Permutation(Images.Count);
        return this with { Images = [.. order.Take(count).Order().Select(i => Images[i])] };
    }

    /// <summary>Those whose picture can be decoded to its end; of each other a remark says why it was left out.</summary>
    /// <param name="progress">Images read, on any thread.</param>
    /// <param name="threads">Null: as many as there are cores.</param>
    /// <exception cref="ImageDataException">None can be read.</exception>
    public AnnotatedImages Readable(Action<int>? progress = null, int? threads = null, CancellationToken cancel = default)
    {
        var (faults, done) = (new string?[Images.Count], 0);
        DecodingJobs.Run(Images.Count, i =>
        {
            try
            {
                ImageFile.Read(Images[i].File);
            }
            catch (UnreadableImageException error)
            {
                faults[i] = $"{Images[i].File} was left out: {error.Reason}";
            }
            progress?.Invoke(Interlocked.Increment(ref done));
        }, threads, cancel);
        string[] told = [.. faults.OfType<string>()];
        if (told.Length == 0) return this;
        return told.Length < Images.Count
            ? new(Name, [.. Images.Where((_, i) => faults[i] is null)], [.. Remarks, .. told])
            : throw new ImageDataException($"{Name}: none of {Images.Count} images can be read; the first, {told[0]}.");
    }

    /// <summary>To learn from.</summary>
    /// <exception cref="ImageDataException">There is no box.</exception>
    public AnnotatedImages ExpectObjects() => Objects > 0 ? this
        : throw new ImageDataException($"{Name} has {Images.Count} images and no box in any of them; draw boxes around the objects (PASCAL "
            + "VOC's XML), or name another split.");

    /// <summary>To be measured on by a detector of these classes.</summary>
    /// <exception cref="ImageDataException">There are boxes of other classes, or none that counts.</exception>
    public void ExpectClasses(IReadOnlyList<string> known)
    {
        if (Images.All(image => image.Objects.All(o => o.Difficult)))
            throw new ImageDataException($"{Name} has no box that counts: each is marked as difficult; take some of the marks away, or name "
                + "another split.");
        var unknown = Classes.Except(known).ToList();
        if (unknown.Count == 0) return;
        var image = Images.First(image => image.Objects.Any(o => o.Class == unknown[0]));
        throw new ImageDataException($"{Name} has boxes of {string.Join(", ", unknown)} (the first in {image.File}), and the detector knows "
            + $"{string.Join(", ", known)}; rename them, take them out, or train a detector on them.");
    }

    /// <summary>SHA-256 of names, boxes and classes, and of the images' bytes, in hex.</summary>
    public string Hash(CancellationToken cancel = default)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var image in Images)
        {
            cancel.ThrowIfCancellationRequested();
            sum.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{image.Name}:{string.Join(';', image.Objects)}\n")));
            sum.AppendData(SHA256.HashData(File.ReadAllBytes(image.File)));
        }
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }
}
