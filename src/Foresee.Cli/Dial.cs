using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Foresee.Recipes;

namespace Foresee.Cli;

/// <summary>Options whose faults are told in plain words: the value, what was expected.</summary>
internal static class Dial
{
    public static Option<int?> Whole(string name, string description, int least, int most = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = result =>
        {
            var text = Text(result);
            if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
                && value >= least && value <= most) return value;
            result.AddError(most == int.MaxValue
                ? $"{name} must be a whole number of {least} or more, got '{text}'."
                : $"{name} must be a whole number from {least} to {most}, got '{text}'.");
            return null;
        },
    };

    public static Option<double?> Positive(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "n",
        CustomParser = result =>
        {
            var text = Text(result);
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value > 0 && double.IsFinite(value)) return value;
            result.AddError($"{name} must be a number above 0, got '{text}'.");
            return null;
        },
    };

    /// <summary>"; did you mean 'x'?" or a full stop.</summary>
    public static string Suggest(string typed, IEnumerable<string> names) =>
        NearestName.Find(typed, names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
