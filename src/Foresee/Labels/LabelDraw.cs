using Foresee.Images;

namespace Foresee.Labels;

/// <summary>
/// Which images get labels. Each class has one random order per seed and gives its first n, so that the draw of 10 is contained in the
/// draw of 25 of the same seed, and one class does not change another's draw. A percentage takes that share of every class, rounded,
/// at least one.
/// </summary>
public static class LabelDraw
{
    /// <summary>Indices of the images drawn, in rising order.</summary>
    /// <param name="names">Of the classes, for the error's words.</param>
    /// <exception cref="ImageDataException">A class has too few images.</exception>
    public static int[] Take(int[] labels, LabelAmount amount, int seed, string[]? names = null)
    {
        var classes = labels.Index().GroupBy(pair => pair.Item, pair => pair.Index).OrderBy(group => group.Key).ToArray();
        if (amount.Unit == LabelUnit.PerClass && classes.FirstOrDefault(c => c.Count() < amount.Value) is { } poor)
            throw new ImageDataException($"Class {(names is null ? poor.Key : $"'{names[poor.Key]}'")} has {poor.Count()} labelled images, {amount} were asked for; ask for at most {classes.Min(c => c.Count())}/class.");
        return [.. classes.SelectMany(c => First([.. c], amount, new SeededOrder((ulong)seed, (ulong)c.Key))).Order()];
    }

    private static int[] First(int[] members, LabelAmount amount, SeededOrder order)
    {
        var count = amount.Unit == LabelUnit.PerClass
            ? (int)amount.Value
            : Math.Max(1, (int)Math.Round(members.Length * amount.Value / 100, MidpointRounding.AwayFromZero));
        order.Shuffle(members);
        return members[..count];
    }
}
