using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Foresee.Labels;
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

    /// <summary>One of several by its name.</summary>
    public static Option<T> OneOf<T>(string name, string description, IReadOnlyDictionary<string, T> known) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', known.Keys),
        CustomParser = result =>
        {
            var text = Text(result);
            if (known.TryGetValue(text, out var value)) return value;
            result.AddError($"{name} must be {Listed(known.Keys)}; got '{text}'{Suggest(text, known.Keys)}");
            return default;
        },
    };

    /// <summary>Some of several by their names, with commas between them; each once.</summary>
    public static Option<IReadOnlyList<T>?> SomeOf<T>(string name, string description, IReadOnlyDictionary<string, T> known) => new(name)
    {
        Description = description,
        HelpName = string.Join(',', known.Keys),
        CustomParser = result =>
        {
            var words = Text(result).Split(',', StringSplitOptions.TrimEntries);
            var unknown = words.FirstOrDefault(word => !known.ContainsKey(word));
            if (unknown is null) return [.. words.Distinct().Select(word => known[word])];
            result.AddError($"{name} must be some of {Listed(known.Keys)}, with commas between them; got '{unknown}'"
                + Suggest(unknown, known.Keys));
            return null;
        },
    };

    /// <summary>Rising whole numbers with commas between them.</summary>
    public static Option<IReadOnlyList<int>?> Numbers(string name, string description, int least) => new(name)
    {
        Description = description,
        HelpName = "n,n",
        CustomParser = result =>
        {
            int[] numbers = [.. Text(result).Split(',', StringSplitOptions.TrimEntries).Select(word =>
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : least - 1)];
            if (numbers.All(number => number >= least) && numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second))
                return numbers;
            result.AddError($"{name} must be rising whole numbers of {least} or more with commas between them, got '{Text(result)}'.");
            return null;
        },
    };

    /// <summary>Words with commas between them, each once.</summary>
    public static Option<string[]> Names(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "RUN,RUN",
        Required = true,
        CustomParser = result => [.. Text(result).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Distinct()],
    };

    /// <summary>One amount of labels.</summary>
    public static Option<LabelAmount?> Amount(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "amount",
        CustomParser = result =>
        {
            try
            {
                return LabelAmount.Parse(Text(result));
            }
            catch (FormatException error)
            {
                result.AddError($"{name}: {error.Message}");
                return null;
            }
        },
    };

    private static string Listed(IEnumerable<string> names) => $"{string.Join(", ", names.SkipLast(1))} or {names.Last()}";

    /// <summary>"; did you mean 'x'?" or a full stop.</summary>
    public static string Suggest(string typed, IEnumerable<string> names) =>
        NearestName.Find(typed, names) is { } nearest ? $"; did you mean '{nearest}'?" : ".";

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
