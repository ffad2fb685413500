namespace Foresee.Labels;

/// <summary>Of each class its last images are held out to choose settings by; labels are drawn from the others. No chance is involved: everyone holds out the same.</summary>
/// <param name="Pool">To draw labels from, rising.</param>
/// <param name="Held">To measure on, rising.</param>
public sealed record ValidationSplit(int[] Pool, int[] Held)
{
    public const double Share = 1.0 / 6;
    public const int Limit = 10_000;

    /// <param name="share">Of each class, at least one image.</param>
    /// <param name="limit">At most so many are measured on, evenly taken; the others are left aside.</param>
    public static ValidationSplit Of(int[] labels, double share = Share, int limit = Limit)
    {
        var classes = labels.Index().GroupBy(pair => pair.Item, pair => pair.Index).Select(group => group.ToArray()).ToArray();
        int Size(int[] members) => Math.Max(1, (int)(members.Length * share));
        int[] held = [.. classes.SelectMany(c => c[^Size(c)..]).Order()];
        var keep = Math.Min(held.Length, limit);
        return new([.. classes.SelectMany(c => c[..^Size(c)]).Order()], [.. Enumerable.Range(0, keep).Select(i => held[(int)((long)i * held.Length / keep)])]);
    }
}
