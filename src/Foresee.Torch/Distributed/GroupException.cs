namespace Foresee.Torch.Distributed;

/// <summary>Processes that compute together can't go on together; the message names this one's rank.</summary>
public sealed class GroupException : Exception
{
    public GroupException() { }
    public GroupException(string message) : base(message) { }
    public GroupException(string message, Exception inner) : base(message, inner) { }
}
