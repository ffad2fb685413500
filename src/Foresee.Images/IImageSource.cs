using Foresee.Images.Decoding;

namespace Foresee.Images;

/// <summary>An image by its name within the source, and a short sum of its content: to tell which of many have changed.</summary>
public sealed record ImageFingerprint(string Name, string Content);

/// <summary>Images by number, from wherever they lie. Any thread may read. Nothing here knows of labels.</summary>
public interface IImageSource
{
    /// <summary>For logs and results: a known name or the folder.</summary>
    string Name { get; }

    int Count { get; }

    /// <summary>The file, or file[17] where one file holds many images.</summary>
    string Describe(int index);

    /// <summary>The image as it is stored.</summary>
    /// <exception cref="UnreadableImageException">The file is damaged or no image.</exception>
    Image Read(int index);

    /// <summary>The image in the form asked for.</summary>
    /// <exception cref="UnreadableImageException">The file is damaged, no image, or smaller than asked for.</exception>
    Image Read(int index, InputFormat fit);

    /// <summary>The same, plane by plane into memory of <see cref="InputFormat.Bytes"/>, as batches hold it.</summary>
    void ReadPlanes(int index, InputFormat fit, Span<byte> planes) => Read(index, fit).CopyPlanes(planes);

    /// <summary>What the file says of its picture, without decoding it where that can be spared.</summary>
    /// <exception cref="UnreadableImageException">The file is damaged or no image.</exception>
    PictureHeader Look(int index) => Read(index).Header;

    /// <summary>
    /// Of each channel but alpha, how often each value from 0 to 65535 occurs; null where the image has 8 bits per channel.
    /// </summary>
    /// <exception cref="UnreadableImageException">The file is damaged or no image.</exception>
    IReadOnlyList<long[]>? CountLevels(int index) => null;

    /// <summary>True when the pixels already lie in memory in this form, so that reading is only a copy.</summary>
    bool Holds(InputFormat fit) => false;

    /// <summary>Of each image the number of the clip that it is a frame of; empty for still images.</summary>
    IReadOnlyList<int> Clips => [];

    /// <summary>SHA-256 in hex that changes with the images; each source says what it covers. Computed once, on demand.</summary>
    string Hash(CancellationToken cancel = default);

    /// <summary>What lies beside the images and is none of them.</summary>
    IReadOnlyList<PassedOver> PassedOver => [];

    /// <summary>Of each image, where each is a file of its own; else none.</summary>
    IReadOnlyList<ImageFingerprint> Fingerprints(CancellationToken cancel = default) => [];
}
