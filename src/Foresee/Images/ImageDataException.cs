namespace Foresee.Images;

/// <summary>Data that can't be used; the message says what was found, what was expected and what to do.</summary>
public class ImageDataException : Exception
{
    public ImageDataException() { }
    public ImageDataException(string message) : base(message) { }
    public ImageDataException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>One image that can't be read. A loader names it, counts it and goes on without it.</summary>
public sealed class UnreadableImageException : ImageDataException
{
    public UnreadableImageException() { }
    public UnreadableImageException(string message) : base(message) { }
    public UnreadableImageException(string message, Exception inner) : base(message, inner) { }

    public UnreadableImageException(string file, string reason) : base($"{file} can't be read as an image: {reason}") =>
        (File, Reason) = (file, reason);

    private UnreadableImageException(string message, string file, string reason, Exception inner) : base(message, inner) =>
        (File, Reason) = (file, reason);

    /// <summary>An image can be read, but does not fill the size asked for.</summary>
    internal static UnreadableImageException TooSmall(string file, string size, string asked, Exception inner)
    {
        var reason = $"it has {size} pixels, but {asked} were asked for; choose a smaller size (the recipe folder does by itself), or enlarge it";
        return new($"{file} is too small: {reason}.", file, reason, inner);
    }

    public string File { get; } = "";
    public string Reason { get; } = "";
}
