using Foresee.Images;

namespace Foresee.Labels;

/// <summary>
/// Of each class its last images are held out to choose settings by; labels are drawn from the others. No chance is involved: everyone
/// holds out the same.
/// </summary>
/// <param name="Pool">To draw labels from, rising.</param>
/// <param name="Held">To measure on, rising.</param>
public sealed record ValidationSplit(int[] Pool, int[] Held)
{
    public const double Share = 1.0 / 6;
    public const int Limit = 10_000;

    /// <param name="share">Of each class, at least one image.</param>
    /// <param name="limit">At most so many are measured on, evenly taken; the others are left aside.</param>
    public static ValidationSplit Of(int[] labels, double share = Share, int limit = Limit) =>
        Of(labels, members => Math.Max(1, (int)(members * share)), limit);

    /// <summary>As many of each class, so that each counts the same where it is measured: a share of the smallest class.</summary>
    public static ValidationSplit Balanced(int[] labels, double share = 1.0 / 3, int limit = Limit)
    {
        var size = Math.Max(1, (int)(labels.CountBy(label => label).Min(c => c.Value) * share));
        return Of(labels, _ => size, limit);
    }

    /// <param name="size">Images of a class to how many of them are held out.</param>
    private static ValidationSplit Of(int[] labels, Func<int, int> size, int limit)
    {
        var classes = labels.Index().GroupBy(pair => pair.Item, pair => pair.Index).Select(group => group.ToArray()).ToArray();
        int[] held = [.. classes.SelectMany(c => c[^size(c.Length)..]).Order()];
        int[] rest = [.. classes.SelectMany(c => c[..^size(c.Length)]).Order()];
        return new(rest, [.. EvenSample.Of(held.Length, limit).Select(i => held[i])]);
    }
}
