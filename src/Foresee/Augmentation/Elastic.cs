namespace Foresee.Augmentation;

/// <summary>
/// A smooth random deformation: control points on a grid of Cells x Cells squares over the view move by independent Gaussian
/// distances, and a uniform cubic B-spline carries them to the pixels (as in De Fauw et al. 2018, from which CPC v2 takes it):
/// <code>field(x, y) = Σ_i Σ_j B_i(v) B_j(u) g_{row+i, column+j}</code>
/// </summary>
/// <param name="Strength">Std of a control point, share of the view's side in its direction.</param>
public sealed record Elastic(double Strength = 0.06, int Cells = 4) : IPixelMove
{
    private const int Taps = 4; // of a cubic B-spline

    public void Move(Warp warp, ref ViewRandom random)
    {
        var points = Cells + Taps - 1;
        Span<float> grid = stackalloc float[points * points];
        foreach (ref var point in grid) point = random.Normal() * (float)(Strength * warp.Width);
        Spread(grid, warp.Across, warp.Width);
        foreach (ref var point in grid) point = random.Normal() * (float)(Strength * warp.Height);
        Spread(grid, warp.Down, warp.Width);
        warp.Displace();
    }

    /// <summary>
    /// From control points [Cells+3, Cells+3] to pixels [height, width]: down the columns of points, then along each row.
    /// </summary>
    internal void Spread(ReadOnlySpan<float> grid, Span<float> field, int width)
    {
        var (points, height) = (Cells + Taps - 1, field.Length / width);
        Span<float> across = stackalloc float[points * width], down = stackalloc float[points * height];
        Basis(across, width);
        if (height == width) across.CopyTo(down);
        else Basis(down, height);
        for (var y = 0; y < height; y++)
        {
            var row = field.Slice(y * width, width);
            row.Clear();
            for (var j = 0; j < points; j++)
            {
                var point = 0f;
                for (var i = 0; i < points; i++) point += down[i * height + y] * grid[i * points + j];
                Pixels.Add(row, across.Slice(j * width, width), point);
            }
        }
    }

    /// <summary>How much each control point counts at the centre of each pixel of a side, [Cells+3, side].</summary>
    private void Basis(Span<float> basis, int side)
    {
        basis.Clear();
        for (var pixel = 0; pixel < side; pixel++)
        {
            var place = (pixel + 0.5f) / side * Cells;
            var cell = (int)place;
            var u = place - cell;
            var (u2, u3) = (u * u, u * u * u);
            basis[cell * side + pixel] = (1 - 3 * u + 3 * u2 - u3) / 6;
            basis[(cell + 1) * side + pixel] = (4 - 6 * u2 + 3 * u3) / 6;
            basis[(cell + 2) * side + pixel] = (1 + 3 * u + 3 * u2 - 3 * u3) / 6;
            basis[(cell + 3) * side + pixel] = u3 / 6;
        }
    }
}
