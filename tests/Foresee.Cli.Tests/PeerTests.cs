namespace Foresee.Cli.Tests;

public sealed class PeerTests
{
    [Theory]
    [InlineData("/no/such/python3", "can't be started")]
    [InlineData("/bin/false", "has no PyTorch with torchvision")]
    public void A_missing_peer_is_told_with_what_to_install(string python, string expected)
    {
        var peer = Peer.Find(python);
        Assert.Null(peer.Version);
        Assert.Contains(expected, peer.Fault, StringComparison.Ordinal);
        Assert.Contains("apt-get install python3-torch python3-torchvision", peer.Fault, StringComparison.Ordinal);
    }
}
