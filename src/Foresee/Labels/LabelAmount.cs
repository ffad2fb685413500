using System.Globalization;

namespace Foresee.Labels;

public enum LabelUnit
{
    PerClass,
    Percent,
}

/// <summary>How many labels a classifier gets: "10/class" or "1%".</summary>
public readonly record struct LabelAmount(double Value, LabelUnit Unit)
{
    public static LabelAmount All => new(100, LabelUnit.Percent);

    /// <exception cref="FormatException">Says what is accepted.</exception>
    public static LabelAmount Parse(string text)
    {
        var trimmed = text.Trim();
        if (trimmed == "all") return All;
        if (trimmed.EndsWith("/class", StringComparison.Ordinal)
            && int.TryParse(trimmed[..^6], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
            return new(count, LabelUnit.PerClass);
        if (trimmed.EndsWith('%') && double.TryParse(trimmed[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var percent) && percent is > 0 and <= 100)
            return new(percent, LabelUnit.Percent);
        throw new FormatException($"'{text}' is no amount of labels; write 10/class for ten labels of each class, 1% for one percent of "
            + "all (up to 100%), or all.");
    }

    /// <summary>Several amounts with commas between them.</summary>
    public static LabelAmount[] ParseList(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Value}{(Unit == LabelUnit.PerClass ? "/class" : "%")}");
}
