using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Foresee.Torch.Distributed;

/// <summary>The address by which the other ranks reach this process.</summary>
internal static class OwnAddress
{
    /// <summary>That of the interface by which this process reaches rank 0; "" for libtorch's own choice.</summary>
    public static string Of(RankPlace place)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp); // nothing is sent: the system chooses the way
            socket.Connect(place.Host, place.Port);
            var address = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return Choose(place, address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, Outward)?.ToString() ?? "";
        }
        catch (SocketException)
        {
            return ""; // joining says what is wrong
        }
    }

    /// <summary>
    /// Many hosts call themselves 127.0.1.1, which those of other machines can't reach; then the first interface that leads out counts.
    /// Where rank 0 was said to be on the loopback, all are on one machine.
    /// </summary>
    /// <param name="way">By which this process reaches rank 0.</param>
    /// <param name="outward">Of the machine's interfaces; null where none leads out.</param>
    internal static IPAddress? Choose(RankPlace place, IPAddress way, Func<IPAddress?> outward)
    {
        var local = place.IsOneMachine || place.Host == "localhost"
            || (IPAddress.TryParse(place.Host, out var named) && IPAddress.IsLoopback(named));
        return local || !IPAddress.IsLoopback(way) ? way : outward() ?? way;
    }

    private static IPAddress? Outward() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(network => network.OperationalStatus == OperationalStatus.Up
            && network.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .Select(network => network.GetIPProperties())
        .OrderByDescending(network => network.GatewayAddresses.Count)
        .SelectMany(network => network.UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork);
}
