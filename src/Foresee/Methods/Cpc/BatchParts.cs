namespace Foresee.Methods.Cpc;

/// <summary>How a batch of grids is worked on.</summary>
/// <param name="Groups">Each with candidates of its own.</param>
/// <param name="Chunk">Images of a group whose grids pass through a context together; it divides a group.</param>
internal readonly record struct BatchParts(int Groups, int Chunk)
{
    private const int MaximumChunk = 16;

    /// <summary>At least two chunks, so that two threads have work.</summary>
    /// <param name="candidateImages">Images a group; 0, or what does not divide the batch, makes it one group.</param>
    public static BatchParts Of(int batch, int candidateImages)
    {
        var groups = candidateImages > 0 && batch % candidateImages == 0 ? batch / candidateImages : 1;
        return new(groups, Enumerable.Range(1, Math.Clamp(batch / 2, 1, Math.Min(MaximumChunk, batch / groups)))
            .Last(n => batch / groups % n == 0));
    }
}
