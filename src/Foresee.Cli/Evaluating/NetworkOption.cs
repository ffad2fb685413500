using System.CommandLine;
using System.CommandLine.Parsing;
using Foresee.Evaluation.Joint;

namespace Foresee.Cli;

/// <summary>The option --network of evaluate.</summary>
internal static class NetworkOption
{
    private static readonly Dictionary<string, JointNetworkKind> Kinds = new()
    {
        ["run"] = JointNetworkKind.Run,
        ["random-init"] = JointNetworkKind.RandomInit,
        ["supervised"] = JointNetworkKind.Supervised,
    };

    public static Option<JointNetworkKind?> Create() => new("--network")
    {
        Description = "what learns from labelled and unlabelled images together (fixmatch, uda, vat and others): RUN from its weights, RUN "
            + "from random weights, or the supervised baseline's network from random weights (default: run)",
        HelpName = string.Join('|', Kinds.Keys),
        CustomParser = Parse,
    };

    private static JointNetworkKind? Parse(ArgumentResult result)
    {
        var typed = result.Tokens[0].Value;
        if (Kinds.TryGetValue(typed, out var kind)) return kind;
        result.AddError($"--network must be {string.Join(", ", Kinds.Keys.SkipLast(1))} or {Kinds.Keys.Last()}; got '{typed}'"
            + Dial.Suggest(typed, [.. Kinds.Keys]));
        return null;
    }
}
