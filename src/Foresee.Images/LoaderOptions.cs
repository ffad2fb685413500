namespace Foresee.Images;

/// <summary>How images become batches.</summary>
public sealed record LoaderOptions
{
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Which of <see cref="Parts"/> equal parts of each batch are read, from 0 on: the images of one of several processes, whose order of
    /// batches is the same. Only <see cref="ImageLoader.Batches"/> has parts.
    /// </summary>
    public int Part { get; init; }

    /// <summary>1 for the whole batch.</summary>
    public int Parts { get; init; } = 1;

    /// <summary>The order of the images depends on this and the epoch alone.</summary>
    public int Seed { get; init; }

    /// <summary>Threads that decode ahead; unused while the source holds its pixels in memory.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Batches decoded ahead.</summary>
    public int Prefetch { get; init; } = 4;

    /// <summary>The form of the images; null for size and channels of the first image that can be read.</summary>
    public InputFormat? Input { get; init; }

    /// <summary>Whether the images left over at the end of an epoch, fewer than a batch, are left out of it.</summary>
    public bool DropLast { get; init; } = true;

    /// <summary>Decoded images are kept in memory up to this many bytes, so that later epochs need no decoding; 0 keeps none.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <exception cref="ImageDataException">Names all faults at once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (BatchSize < 1) faults.Add($"BatchSize is {BatchSize}, it must be at least 1");
        if (Parts < 1 || BatchSize % Math.Max(1, Parts) != 0) faults.Add($"Parts is {Parts}, it must divide BatchSize, {BatchSize}");
        if (Part < 0 || Part >= Parts) faults.Add($"Part is {Part}, it must lie in 0..{Parts - 1}");
        if (Parts > 1 && !DropLast) faults.Add("Parts need whole batches, DropLast");
        if (Threads < 1) faults.Add($"Threads is {Threads}, it must be at least 1");
        if (Prefetch < 1) faults.Add($"Prefetch is {Prefetch}, it must be at least 1");
        Input?.Validate(faults);
        if (CacheBytes < 0) faults.Add($"CacheBytes is {CacheBytes}, it must be 0 or more");
        if (faults.Count > 0) throw new ImageDataException($"The loader's options can't be used: {string.Join("; ", faults)}.");
    }
}
