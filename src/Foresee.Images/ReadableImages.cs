using Foresee.Images.Decoding;

namespace Foresee.Images;

/// <summary>
/// The images of a source that can be read in one form; what can't be read is named in <see cref="Skipped"/>. Each is decoded once
/// and kept in memory while there is room. Hash: that of the whole source.
/// </summary>
public sealed class ReadableImages : IImageSource
{
    private const long Room = 1L << 30;
    private readonly IImageSource source;
    private readonly ImageCache images;

    /// <summary>Reads every image once, unless the source holds them in this form and so can't fail.</summary>
    /// <param name="progress">Images read, on any thread.</param>
    /// <param name="threads">Null: as many as there are cores.</param>
    /// <exception cref="ImageDataException">None can be read.</exception>
    public ReadableImages(IImageSource source, InputFormat fit, Action<int>? progress = null, int? threads = null,
        CancellationToken cancel = default)
    {
        (this.source, images) = (source, new(source, fit, Room));
        if (!source.Holds(fit)) ReadAll(progress, threads, cancel);
        Skipped = images.Skipped;
        var left = Skipped.Select(image => image.Index).ToHashSet();
        Indices = [.. Enumerable.Range(0, source.Count).Where(index => !left.Contains(index))];
        if (Indices.Count == 0) throw images.NothingReadable();
    }

    /// <summary>The place of each image in the source, rising.</summary>
    public IReadOnlyList<int> Indices { get; }

    public IReadOnlyList<SkippedImage> Skipped { get; }

    /// <summary>Images whose files have 16 bits per channel.</summary>
    public int SixteenBit => images.SixteenBit;

    /// <inheritdoc cref="ImageLoader.WithMorePictures"/>
    public int WithMorePictures => images.WithMorePictures;

    public string Name => source.Name;
    public int Count => Indices.Count;

    public string Describe(int index) => source.Describe(Indices[index]);
    public Image Read(int index) => source.Read(Indices[index]);
    public Image Read(int index, InputFormat fit) =>
        (fit == images.Input ? images.Kept(Indices[index]) : null) ?? source.Read(Indices[index], fit);
    public bool Holds(InputFormat fit) => source.Holds(fit);
    public string Hash(CancellationToken cancel = default) => source.Hash(cancel);
    public PictureHeader Look(int index) => source.Look(Indices[index]);
    public IReadOnlyList<PassedOver> PassedOver => source.PassedOver;
    public IReadOnlyList<long[]>? CountLevels(int index) => source.CountLevels(Indices[index]);

    public void ReadPlanes(int index, InputFormat fit, Span<byte> planes)
    {
        if (fit != images.Input) source.ReadPlanes(Indices[index], fit, planes);
        else if (!images.TryRead(Indices[index], planes))
            throw new UnreadableImageException(Describe(index), "it could be read before; was it changed meanwhile?");
    }

    private void ReadAll(Action<int>? progress, int? threads, CancellationToken cancel)
    {
        var done = 0;
        DecodingJobs.Run(source.Count, index =>
        {
            images.TryRead(index, new byte[images.Input.Bytes]);
            progress?.Invoke(Interlocked.Increment(ref done));
        }, threads, cancel);
    }
}
