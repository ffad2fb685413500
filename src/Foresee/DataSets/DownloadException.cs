namespace Foresee.DataSets;

/// <summary>A file that could not be fetched or is not the one expected; the message says what to do, also by hand.</summary>
public sealed class DownloadException : Exception
{
    public DownloadException() { }
    public DownloadException(string message) : base(message) { }
    public DownloadException(string message, Exception inner) : base(message, inner) { }
}
