namespace Foresee.Detection;

/// <summary>An object in an image.</summary>
/// <param name="Box">In pixels of the image as it is seen.</param>
/// <param name="Difficult">Marked as hard to see: a score neither rewards nor punishes that it is found. It is learnt from like any other.
/// </param>
public sealed record Annotation(string Class, Box Box, bool Difficult = false);

/// <summary>An image and what is in it.</summary>
/// <param name="File">The path.</param>
/// <param name="Width">In pixels, as the image is seen: after the file's orientation.</param>
/// <param name="Height">Likewise.</param>
/// <param name="Objects">None: an image of background alone.</param>
public sealed record AnnotatedImage(string File, int Width, int Height, IReadOnlyList<Annotation> Objects)
{
    /// <summary>The file's name without its ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);
}
