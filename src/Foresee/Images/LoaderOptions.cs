namespace Foresee.Images;

/// <summary>How images become batches.</summary>
public sealed record LoaderOptions
{
    public int BatchSize { get; init; } = 64;

    /// <summary>The order of the images depends on this and the epoch alone.</summary>
    public int Seed { get; init; }

    /// <summary>Threads that decode ahead; unused while the source holds its pixels in memory.</summary>
    public int Threads { get; init; } = 2;

    /// <summary>Batches decoded ahead.</summary>
    public int Prefetch { get; init; } = 4;

    /// <summary>Rows of the batch; null for those of the first image.</summary>
    public int? Height { get; init; }

    /// <summary>Columns of the batch; null for those of the first image.</summary>
    public int? Width { get; init; }

    /// <summary>1 grey, 3 RGB or as many as the images have; null for what the first image has.</summary>
    public int? Channels { get; init; }

    public SmallImages Small { get; init; }

    /// <inheritdoc cref="InputFormat.Window"/>
    public LevelWindow Window { get; init; } = LevelWindow.Whole;

    /// <summary>Whether the images left over at the end of an epoch, fewer than a batch, are left out of it.</summary>
    public bool DropLast { get; init; } = true;

    /// <summary>Decoded images are kept in memory up to this many bytes, so that later epochs need no decoding; 0 keeps none.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>The same for batches of this form.</summary>
    public LoaderOptions For(InputFormat fit) => this with { Height = fit.Height, Width = fit.Width, Channels = fit.Channels, Small = fit.Small, Window = fit.Window };

    /// <exception cref="ImageDataException">Names all faults at once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (BatchSize < 1) faults.Add($"BatchSize is {BatchSize}, it must be at least 1");
        if (Threads < 1) faults.Add($"Threads is {Threads}, it must be at least 1");
        if (Prefetch < 1) faults.Add($"Prefetch is {Prefetch}, it must be at least 1");
        if (Height < 1) faults.Add($"Height is {Height}, it must be at least 1");
        if (Width < 1) faults.Add($"Width is {Width}, it must be at least 1");
        if (Channels < 1) faults.Add($"Channels is {Channels}, it must be 1 (grey), 3 (RGB) or as many as the images have");
        if (CacheBytes < 0) faults.Add($"CacheBytes is {CacheBytes}, it must be 0 or more");
        if (faults.Count > 0) throw new ImageDataException($"The loader's options can't be used: {string.Join("; ", faults)}.");
    }
}
