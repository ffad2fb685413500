namespace Foresee.Benchmarks.Scale;

/// <summary>The way from one worker to the next.</summary>
/// <param name="Latency">α: seconds that a message takes whatever its size.</param>
/// <param name="Bandwidth">β: bytes a second, in each direction at once.</param>
internal sealed record Link(string Name, double Latency, double Bandwidth)
{
    // Of Ethernet's line rate TCP leaves 1,448 of 1,538 bytes of a full frame.
    private const double Ethernet = 1448.0 / 1538, Gigabit = 1e9 / 8;

    /// <summary>Nothing to wait for: what is left is the ideal.</summary>
    public static Link None { get; } = new("none", 0, double.PositiveInfinity);

    /// <summary>Line rates of the products, less TCP's share; latencies are assumptions of a usual order.</summary>
    public static IReadOnlyList<Link> Ethernets { get; } =
    [
        new("1 Gbit/s", 50e-6, Ethernet * Gigabit),
        new("10 Gbit/s", 30e-6, 10 * Ethernet * Gigabit),
        new("100 Gbit/s", 20e-6, 100 * Ethernet * Gigabit),
    ];

    /// <summary>The line rate of InfiniBand NDR; the latency is an assumption.</summary>
    public static Link InfiniBand { get; } = new("400 Gbit/s InfiniBand", 5e-6, 400 * Gigabit);

    /// <summary>Inside a node: NVIDIA's data sheet of the H100 SXM says 900 GB/s, both directions together.</summary>
    public static Link NvLink { get; } = new("NVLink", 5e-6, 450e9);
}
