namespace Foresee.Cli;

/// <summary>
/// Names of Foresee 0.1 that are still understood, though no help text shows them. The version after the next can do without this file.
/// </summary>
internal static class EarlierNames
{
    private static readonly Dictionary<string, string> Commands = new() { ["ladder"] = "ablation" };

    /// <summary>The command line in today's names.</summary>
    public static string[] Renew(string[] arguments, Terminal terminal)
    {
        if (arguments is not [var first, ..] || !Commands.TryGetValue(first, out var name)) return arguments;
        terminal.Warn($"'{first}' is now called '{name}'; the next version will no longer know '{first}'");
        return [name, .. arguments[1..]];
    }
}
