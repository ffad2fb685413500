using System.Text.Json.Serialization;

namespace Foresee.Patches;

/// <summary>
/// Three by three square tiles in the middle of an image, each moved at random by itself, so that neither a line that goes on from one to
/// the next nor a shared pixel gives away how they lie. All sizes in pixels.
/// </summary>
/// <param name="Tile">Side of a tile.</param>
/// <param name="Gap">From one tile to the next, before they are moved.</param>
/// <param name="Jitter">By which a tile is moved at most, in each direction; none leaves the image.</param>
public sealed record TileLayout(int Tile, int Gap, int Jitter)
{
    /// <summary>Along a side.</summary>
    public const int Side = 3;

    /// <summary>In all.</summary>
    public const int Count = Side * Side;

    /// <summary>What an image must have at least on each side.</summary>
    [JsonIgnore]
    public int Extent => Side * Tile + (Side - 1) * Gap;

    /// <summary>Adds this record's faults to the list.</summary>
    public void Validate(int height, int width, ICollection<string> faults)
    {
        if (Tile < 1 || Jitter < 0) faults.Add($"tiles need a side of at least 1 px and a jitter of 0 or more, got {Tile} and {Jitter}");
        if (Gap < 2 * Jitter)
            faults.Add($"tiles moved by up to {Jitter} px share pixels at a gap of {Gap} px; choose a gap of {2 * Jitter} px or more");
        if (Math.Min(height, width) < Extent)
            faults.Add($"{Side} tiles of {Tile} px with gaps of {Gap} px need {Extent} px, got {height} x {width}; choose smaller tiles");
    }

    /// <summary>Where a row or column of tiles may begin: the first and the last place.</summary>
    /// <param name="side">Of the image.</param>
    /// <param name="line">0 to 2.</param>
    internal (int First, int Last) Places(int side, int line)
    {
        var nominal = (side - Extent) / 2 + line * (Tile + Gap);
        return (Math.Max(0, nominal - Jitter), Math.Min(side - Tile, nominal + Jitter));
    }
}
