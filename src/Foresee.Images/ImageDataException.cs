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

    public UnreadableImageException(string file, string reason) : this(RefusalKind.Unreadable, file, reason) { }

    public UnreadableImageException(RefusalKind kind, string file, string reason) : base(Describe(kind, file, reason)) =>
        (Kind, File, Reason) = (kind, file, reason);

    public RefusalKind Kind { get; }
    public string File { get; } = "";
    public string Reason { get; } = "";

    private static string Describe(RefusalKind kind, string file, string reason) =>
        kind == RefusalKind.TooSmall ? $"{file} is too small: {reason}." : $"{file} can't be read as an image: {reason}";
}
