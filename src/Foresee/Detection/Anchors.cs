namespace Foresee.Detection;

/// <summary>A map of a detector: where its places lie in the image, and the boxes that each of them proposes.</summary>
/// <param name="Stride">Pixels from one place to the next.</param>
/// <param name="Margin">Pixels by which the middle of the first place lies further in than half a stride: (p - s) / 2 for patches of p at
/// stride s without padding.</param>
/// <param name="Sizes">Square roots of the anchors' areas, in pixels.</param>
/// <param name="Ratios">Height over width.</param>
public sealed record MapLevel(double Stride, double Margin, IReadOnlyList<double> Sizes, IReadOnlyList<double> Ratios)
{
    /// <summary>Anchors of a place.</summary>
    public int AnchorsPerPlace => Sizes.Count * Ratios.Count;

    /// <summary>
    /// Boxes around the middle of each place (Ren et al. 2015): places row by row, of a place ratio by ratio, of a ratio size by size. They
    /// may reach beyond the image.
    /// </summary>
    public Box[] Anchors(int rows, int columns)
    {
        var anchors = new Box[rows * columns * AnchorsPerPlace];
        var next = 0;
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                double x = Margin + (column + 0.5) * Stride, y = Margin + (row + 0.5) * Stride;
                foreach (var ratio in Ratios)
                    foreach (var size in Sizes)
                    {
                        double width = size / Math.Sqrt(ratio), height = size * Math.Sqrt(ratio);
                        anchors[next++] = new(x - width / 2, y - height / 2, x + width / 2, y + height / 2);
                    }
            }
        return anchors;
    }
}
