using Foresee.Evaluation.Joint;

namespace Foresee.Evaluation;

/// <summary>A protocol that takes the grid of latents pooled.</summary>
public interface IPooled
{
    IProtocol With(GridPooling pooling);
}

/// <summary>A protocol whose length can be given as passes over the labelled images.</summary>
public interface ICountsEpochs
{
    IProtocol WithEpochs(double epochs);
}

/// <summary>A protocol that can train its head alone before the encoder.</summary>
public interface ICountsHeadEpochs
{
    IProtocol WithHeadEpochs(double epochs);
}

/// <summary>A protocol that can let each class count the same, however many labels it has.</summary>
public interface IBalances
{
    IProtocol Balanced();
}

/// <summary>A protocol whose settings a search can find.</summary>
public interface ITunable
{
    IProtocol With(TunedBaseline settings);
}

/// <summary>A protocol that learns from labelled and unlabelled images together, with the network that it is given.</summary>
public interface IChoosesNetwork
{
    IProtocol With(JointNetworkKind network);
}

/// <summary>A protocol that trains in the precision of the plan; features are always made in Float32.</summary>
public interface ITrainsInPrecision;

/// <summary>A protocol that changes patches one by one, for which the encoder must see patches.</summary>
public interface IAugmentsPatches;

/// <summary>Changes of options that several protocols understand; null leaves them alone.</summary>
public sealed record ProtocolDials
{
    public GridPooling? Pooling { get; init; }
    public double? Epochs { get; init; }
    public double? HeadEpochs { get; init; }

    /// <summary>Every protocol must understand it: it changes what is held out for validation, too.</summary>
    public bool Balance { get; init; }

    public TunedBaseline? Tuned { get; init; }

    public JointNetworkKind? Network { get; init; }

    /// <summary>The protocols as the dials change them.</summary>
    /// <exception cref="ArgumentException">A dial that none of the protocols knows; the message names those that do.</exception>
    public IReadOnlyList<IProtocol> Apply(IReadOnlyList<IProtocol> protocols)
    {
        if (Pooling is { } pooling) protocols = Turn<IPooled>(protocols, "pooling", p => p.With(pooling));
        if (Epochs is { } epochs) protocols = Turn<ICountsEpochs>(protocols, "epochs", p => p.WithEpochs(epochs));
        if (HeadEpochs is { } head) protocols = Turn<ICountsHeadEpochs>(protocols, "head-epochs", p => p.WithHeadEpochs(head));
        if (Tuned is { } tuned)
            protocols = [.. Turn<ITunable>(protocols, "tuned", p => p.With(tuned))
                .Select(protocol => protocol is JointProtocol joint ? joint.With(tuned) : protocol)];
        if (Network is { } network) protocols = Turn<IChoosesNetwork>(protocols, "network", p => p.With(network));
        if (!Balance) return protocols;
        if (protocols.FirstOrDefault(p => p is not IBalances) is { } other)
            throw new ArgumentException($"--balance is about {Join(Knowing<IBalances>())}, and {other.Name} learns without it; measure "
                + "that in a line of its own.");
        return Turn<IBalances>(protocols, "balance", p => p.Balanced());
    }

    /// <summary>Names of the protocols that know a dial.</summary>
    public static IEnumerable<string> Knowing<T>() => KnownProtocols.All.Where(protocol => protocol is T).Select(protocol => protocol.Name);

    private static IProtocol[] Turn<T>(IReadOnlyList<IProtocol> protocols, string dial, Func<T, IProtocol> change)
    {
        if (!protocols.Any(p => p is T))
            throw new ArgumentException($"--{dial} changes nothing in {Join(protocols.Select(p => p.Name))}; it is about "
                + $"{Join(Knowing<T>())}: add one of them to --protocol.");
        return [.. protocols.Select(p => p is T known ? change(known) : p)];
    }

    private static string Join(IEnumerable<string> words)
    {
        string[] all = [.. words];
        return all.Length < 2 ? string.Concat(all) : $"{string.Join(", ", all[..^1])} and {all[^1]}";
    }
}
