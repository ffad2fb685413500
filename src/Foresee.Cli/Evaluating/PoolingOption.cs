using System.CommandLine;
using System.CommandLine.Parsing;
using Foresee.Evaluation;

namespace Foresee.Cli;

/// <summary>The option --pooling, for every command that takes features of images.</summary>
internal static class PoolingOption
{
    private static readonly Dictionary<string, GridPooling> Poolings = new()
    {
        ["1x1"] = GridPooling.One,
        ["2x2"] = GridPooling.Two,
        ["3x3"] = GridPooling.Three,
        ["whole"] = GridPooling.Whole,
    };

    public static Option<GridPooling?> For(string who, string usual) => new("--pooling")
    {
        Description = $"what {who} take of the grid: its mean, means of 2x2 or 3x3 parts, or all of it (default: {usual})",
        HelpName = string.Join('|', Poolings.Keys),
        CustomParser = Parse,
    };

    private static GridPooling? Parse(ArgumentResult result)
    {
        var typed = result.Tokens[0].Value;
        if (Poolings.TryGetValue(typed, out var pooling)) return pooling;
        result.AddError($"--pooling must be {string.Join(", ", Poolings.Keys.SkipLast(1))} or {Poolings.Keys.Last()}; got '{typed}'"
            + Dial.Suggest(typed, [.. Poolings.Keys]));
        return null;
    }
}
