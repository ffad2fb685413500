namespace Foresee.Torch;

/// <summary>A failure inside libtorch or at its border; the message is libtorch's own, without its C++ back trace.</summary>
public sealed class TorchException : Exception
{
    public TorchException() { }
    public TorchException(string message) : base(message) { }
    public TorchException(string message, Exception inner) : base(message, inner) { }
}
