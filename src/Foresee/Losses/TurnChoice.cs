using Foresee.Torch;

namespace Foresee.Losses;

/// <summary>
/// By how many right angles was an image turned? L = -1/4B Σ over images and k = 0..3 of log softmax(z_k)_k (Gidaris, Singh and Komodakis,
/// ICLR 2018, eq. 2 and 3)
/// </summary>
/// <remarks>Turns are transposes and flips, never interpolated, which would give the angle away. ln 4 where nothing is known.</remarks>
public static class TurnChoice
{
    /// <summary>Right angles in a circle.</summary>
    public const int Turns = 4;

    /// <param name="scores">z: [4B, 4], of <see cref="Copies"/></param>
    public static InfoNceResult Of(Tensor scores)
    {
        var labels = Tensor.Arange(Turns, scores.Device).Unsqueeze(1).Expand(Turns, scores.Size(0) / Turns).Flatten();  // [4B]
        return Choice.Of(scores, labels);
    }

    /// <summary>All images upright, then all turned once, twice and three times.</summary>
    /// <param name="images">[B, C, h, h]</param>
    /// <returns>[4B, C, h, h]</returns>
    public static Tensor Copies(Tensor images) =>
        Tensor.Cat([.. Enumerable.Range(0, Turns).Select(quarters => Turned(images, quarters))]);

    /// <summary>Counterclockwise.</summary>
    /// <param name="x">[.., h, h]</param>
    public static Tensor Turned(Tensor x, int quarters) => quarters switch
    {
        0 => x,
        1 => x.Transpose(-2, -1).Flip(-2),
        2 => x.Flip(-2, -1),
        _ => x.Transpose(-2, -1).Flip(-1),
    };
}
