namespace Foresee.Images;

/// <summary>What to do with an image smaller than the size asked for.</summary>
public enum SmallImages
{
    /// <summary>Left out like one that can't be read, with its name and both sizes.</summary>
    Refuse,

    /// <summary>Enlarged like any other image is reduced.</summary>
    Enlarge,
}

/// <summary>
/// The form images are brought into: the image is reduced until it just covers Height x Width, its longer side is then cropped
/// around the centre. Grey from colour is 0.299 R + 0.587 G + 0.114 B; colour from grey repeats it; transparent places show white. Any
/// other number of channels must be the image's own.
/// </summary>
/// <param name="Channels">1 grey, 3 RGB, or as many as the images have.</param>
public sealed record InputFormat(int Height, int Width, int Channels, SmallImages Small = SmallImages.Refuse)
{
    /// <summary>Bytes of one image.</summary>
    public int Bytes => Height * Width * Channels;

    /// <summary>How 16-bit files become 8 bits.</summary>
    public LevelWindow Window { get; init; } = LevelWindow.Whole;

    public bool Matches(Image image) => image.Height == Height && image.Width == Width && image.Channels == Channels && !image.HasAlpha;

    public void Validate()
    {
        if (Height < 1 || Width < 1) throw new ImageDataException($"Images of {Width} x {Height} pixels were asked for; both sides must be at least 1.");
        if (Channels < 1) throw new ImageDataException($"Images of {Channels} channels were asked for; choose 1 (grey), 3 (RGB) or as many as the images have.");
        var faults = new List<string>();
        Window.Validate(Channels, faults);
        if (faults.Count > 0) throw new ImageDataException($"Images can't be read: {string.Join("; ", faults)}.");
    }
}
