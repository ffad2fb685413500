namespace Foresee.Benchmarks.Scale;

/// <summary>Workers and the ways between them: rings inside each node, and one ring over the nodes for each worker of a node.</summary>
/// <remarks>
/// A ring of n passes S bytes in n - 1 steps to sums of an n-th part each and in n - 1 steps back to all (Patarasuk and Yuan, "Bandwidth
/// optimal all-reduce algorithms for clusters of workstations", JPDC 2009):
/// <code>
/// t = 2 (n - 1) (α + S / (n β)),   each worker sends 2 (n - 1) / n · S bytes
/// </code>
/// In nodes of g workers the sums are first made inside; then each of the g passes its g-th part round the nodes, all by the node's one
/// link, which together is a ring of S over the nodes.
/// </remarks>
internal sealed record Cluster(int Workers, int PerNode, Link Inside, Link Between)
{
    /// <summary>Workers of one node.</summary>
    public int Node => Math.Min(PerNode, Workers);

    public int Nodes => Workers % Node == 0 ? Workers / Node
        : throw new ArgumentException($"{Workers} workers don't fill nodes of {PerNode}; take a multiple of {PerNode}, or fewer than it.");

    /// <summary>Seconds until all have the sum of all.</summary>
    /// <param name="bytes">S, of each worker.</param>
    public double Sum(double bytes) => Ring(Node, bytes, Inside) + Ring(Nodes, bytes, Between);

    /// <summary>Seconds until all have what each has.</summary>
    /// <param name="bytes">Of each worker.</param>
    public double Gather(double bytes) =>
        (Nodes - 1) * (Between.Latency + Node * bytes / Between.Bandwidth)
        + (Node - 1) * (Inside.Latency + Nodes * bytes / Inside.Bandwidth);

    /// <summary>Bytes that a node's link sends for a sum; of a single node, those of one worker.</summary>
    public double SumBytes(double bytes) => Nodes > 1 ? Share(Nodes) * bytes : Share(Node) * bytes;

    /// <summary>The same for what is gathered.</summary>
    public double GatherBytes(double bytes) => Nodes > 1 ? (Nodes - 1) * Node * bytes : (Node - 1) * bytes;

    private static double Share(int ring) => 2.0 * (ring - 1) / ring;

    private static double Ring(int members, double bytes, Link link) =>
        2 * (members - 1) * (link.Latency + bytes / members / link.Bandwidth);
}
