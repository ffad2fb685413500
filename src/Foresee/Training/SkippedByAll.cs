using System.Text.Json;
using Foresee.Images;
using Foresee.Methods;

namespace Foresee.Training;

/// <summary>Images that any rank could not read. Ranks tell each other in the same step, where one has met a new one.</summary>
internal sealed class SkippedByAll(ImageLoader loader, BatchShare share)
{
    private readonly List<SkippedImage> others = [];
    private readonly HashSet<int> told = [];

    /// <summary>Whether this rank has some that the others have not heard of.</summary>
    public bool HasNew => loader.Skipped.Count > told.Count;

    /// <summary>Those of this rank, and of the others as far as they have been told.</summary>
    public IReadOnlyList<SkippedImage> All =>
        [.. loader.Skipped.Concat(others).DistinctBy(image => image.Index).OrderBy(image => image.Index)];

    /// <summary>All ranks at once.</summary>
    public void Tell()
    {
        var own = loader.Skipped.Where(image => told.Add(image.Index)).ToArray();
        var heard = share.Group!.GatherBytes(JsonSerializer.SerializeToUtf8Bytes(own));
        foreach (var (rank, bytes) in heard.Index())
            if (rank != share.Rank) others.AddRange(JsonSerializer.Deserialize<SkippedImage[]>(bytes)!);
    }
}
