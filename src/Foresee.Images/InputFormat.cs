using System.Text.Json.Serialization;

namespace Foresee.Images;

/// <summary>What to do with an image smaller than the size asked for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SmallImages>))]
public enum SmallImages
{
    /// <summary>It is left out like one that can't be read, with its name and both sizes.</summary>
    Refuse,

    /// <summary>It is enlarged, as any other image is reduced.</summary>
    Enlarge,
}

/// <summary>
/// How an image reaches a network. It is reduced until it just covers Height + Margin x Width + Margin, and its longer side is cropped
/// around
/// the centre. Grey from colour is 0.299 R + 0.587 G + 0.114 B; colour from grey repeats it; transparent places show white. Any other
/// number
/// of channels must be the image's own. The network sees (v / 255 - Mean) / Std of the middle Height x Width pixels.
/// </summary>
/// <param name="Height">Of what the network sees, in pixels.</param>
/// <param name="Width">Likewise.</param>
/// <param name="Channels">1 grey, 3 RGB, or as many as the images have.</param>
/// <param name="Frames">Images that are read as one, one after the other, for methods that learn from clips; 1 for still images.</param>
public sealed record InputFormat(int Height, int Width, int Channels, int Frames = 1)
{
    /// <summary>From one of the frames that are read as one to the next: 1 for each frame, 2 for every second.</summary>
    [JsonIgnore]
    public int FrameStep { get; init; } = 1;

    /// <summary>
    /// Images are read so many pixels larger: training crops them at random places, use takes the middle, so that the scale is the same.
    /// </summary>
    public int Margin { get; init; }

    public SmallImages Small { get; init; }

    /// <summary>How 16-bit files become 8 bits.</summary>
    public LevelWindow Window { get; init; } = LevelWindow.Whole;

    /// <summary>Per channel, of pixels in 0..1; empty for 0, and then so is <see cref="Std"/>.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Standard deviation per channel, of pixels in 0..1; empty for 1, and then so is <see cref="Mean"/>.</summary>
    public IReadOnlyList<double> Std { get; init; } = [];

    /// <summary>Rows that are read.</summary>
    [JsonIgnore]
    public int ReadHeight => Height + Margin;

    /// <summary>Columns that are read.</summary>
    [JsonIgnore]
    public int ReadWidth => Width + Margin;

    /// <summary>Bytes of one image as it is read, with all its frames.</summary>
    [JsonIgnore]
    public int Bytes => checked(ReadHeight * ReadWidth * Channels * Frames);

    public bool Matches(Image image) =>
        image.Height == ReadHeight && image.Width == ReadWidth && image.Channels == Channels && !image.HasAlpha;

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(ICollection<string> faults)
    {
        if (Height < 1 || Width < 1) faults.Add($"images of {Width} x {Height} pixels were asked for; both sides must be at least 1");
        if (Channels < 1)
            faults.Add($"images of {Channels} channels were asked for; choose 1 (grey), 3 (RGB) or as many as the images have");
        if (Frames < 1 || FrameStep < 1)
            faults.Add($"images of {Frames} frames, each {FrameStep} further, were asked for; both must be at least 1");
        if (Margin < 0) faults.Add($"the margin must be 0 px or more, got {Margin}");
        foreach (var (name, values) in new[] { ("mean", Mean), ("std", Std) })
            if (values.Count != 0 && values.Count != Channels)
                faults.Add($"{name} needs {Channels} values, one for each channel, got {values.Count}");
        if (Mean.Count == 0 != (Std.Count == 0))
            faults.Add($"mean and std belong together, got {Mean.Count} and {Std.Count} values; give both, or neither");
        if (Mean.Concat(Std).Any(value => !double.IsFinite(value))) faults.Add("mean and std must be finite numbers");
        if (Std.Any(value => value <= 0)) faults.Add($"each std must be above 0, got {string.Join(", ", Std)}");
        Window.Validate(Channels, faults);
    }

    /// <exception cref="ImageDataException">Names every fault at once.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Validate(faults);
        if (faults.Count > 0) throw new ImageDataException($"Images can't be read: {string.Join("; ", faults)}.");
    }

    // Records compare lists by reference; two equal formats must be equal.
    public bool Equals(InputFormat? other) => other is not null && (Height, Width, Channels, Frames, FrameStep, Margin, Small) ==
        (other.Height, other.Width, other.Channels, other.Frames, other.FrameStep, other.Margin, other.Small)
        && Window == other.Window && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    public override int GetHashCode() => HashCode.Combine(Height, Width, Channels, Margin, Small, Window);
}
