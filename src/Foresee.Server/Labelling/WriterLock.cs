using Foresee.Images;

namespace Foresee.Server.Labelling;

/// <summary>Held while a process writes labels; the system lets go of it when the process ends, however it ends.</summary>
internal sealed class WriterLock : IDisposable
{
    private readonly FileStream file;

    /// <param name="path">Of an empty file beside the labels.</param>
    /// <exception cref="ImageDataException">Another process holds it.</exception>
    public WriterLock(string path, string labels)
    {
        try
        {
            file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new ImageDataException($"Another process writes labels to {labels}; stop it, or open its page instead.", error);
        }
    }

    public void Dispose() => file.Dispose();
}
