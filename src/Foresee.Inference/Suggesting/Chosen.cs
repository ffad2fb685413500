using Foresee.Images;

namespace Foresee.Inference.Suggesting;

/// <summary>What has a label or is chosen, and what so looks like it that a label would tell nothing new.</summary>
internal sealed class Chosen
{
    /// <summary>Of the distance between two images by chance (the median of 1,000 pairs).</summary>
    /// <remarks>
    /// SimCLR's features, EuroSAT / CIFAR-10: of 300 copies that are 5 % brighter 99 / 100 % are nearer than that, of those shifted by a
    /// pixel 80 / 94, cropped by a pixel 88 / 67, saved as JPEG of quality 60 46 / 40; of 2,000 different images 4 / 0 % have one so near.
    /// </remarks>
    public const double NearShare = 0.25;
    private const int Pairs = 1000;
    private readonly FeatureRows rows;
    private readonly List<int> all;
    private readonly bool[] taken;
    private readonly float near; // squared

    /// <param name="rows">Comparable.</param>
    public Chosen(FeatureRows rows, IReadOnlyList<int> labelled)
    {
        (this.rows, all, taken) = (rows, [.. labelled], new bool[rows.Count]);
        foreach (var row in labelled) taken[row] = true;
        near = (float)(NearShare * NearShare * MedianOfPairs(rows));
    }

    private static double MedianOfPairs(FeatureRows rows)
    {
        var random = new SeededOrder(0);
        var squared = new float[Pairs];
        for (var i = 0; i < Pairs; i++) squared[i] = rows.SquaredDistance(random.Below(rows.Count), rows, random.Below(rows.Count));
        Array.Sort(squared);
        return squared[Pairs / 2];
    }

    /// <summary>Labelled rows, then the chosen ones.</summary>
    public IReadOnlyList<int> All => all;

    public bool IsTaken(int row) => taken[row];

    /// <summary>Rows that are not.</summary>
    public int[] Open() => [.. Enumerable.Range(0, taken.Length).Where(row => !taken[row])];

    /// <summary>Takes a row, unless it is taken or a near-duplicate of one that is.</summary>
    public bool TryAdd(int row)
    {
        if (taken[row] || all.Any(other => rows.SquaredDistance(row, rows, other) <= near)) return false;
        taken[row] = true;
        all.Add(row);
        return true;
    }
}
