namespace Foresee.Inference;

/// <summary>What came of one image of many.</summary>
/// <param name="Name">The path, or what the source calls the image.</param>
/// <param name="Value">Null where it can't be read.</param>
/// <param name="Reason">Why it can't be read; null where it can.</param>
public sealed record FileResult<T>(string Name, T? Value, string? Reason)
    where T : class
{
    /// <summary>Bits per channel of the file, 8 or 16; 0 where it can't be read.</summary>
    public int StoredBits { get; init; }

    /// <summary>Pictures in the file, of which the first is read; 0 where it can't be read.</summary>
    public int Pictures { get; init; }
}
