namespace Foresee.Augmentation;

/// <summary>
/// A smooth random deformation: control points on a grid of Cells x Cells squares over the patch move by independent Gaussian
/// distances, and a uniform cubic B-spline carries them to the pixels (as in De Fauw et al. 2018, from which CPC v2 takes it):
/// <code>field(x, y) = Σ_i Σ_j B_i(v) B_j(u) g_{row+i, column+j}</code>
/// </summary>
/// <param name="Strength">Deviation of a control point, share of the patch's side.</param>
public sealed record Elastic(double Strength = 0.06, int Cells = 4) : IPatchTransform
{
    private const int Taps = 4; // of a cubic B-spline

    public void Move(PatchWarp warp, ref PatchRandom random)
    {
        var points = Cells + Taps - 1;
        Span<float> grid = stackalloc float[points * points];
        for (var direction = 0; direction < 2; direction++)
        {
            foreach (ref var point in grid) point = random.Normal() * (float)(Strength * warp.Side);
            Spread(grid, direction == 0 ? warp.Across : warp.Down, warp.Side);
        }
        warp.Displace();
    }

    /// <summary>From control points [Cells+3, Cells+3] to pixels [p, p]: down the columns of points, then along the row.</summary>
    internal void Spread(ReadOnlySpan<float> grid, Span<float> field, int side)
    {
        var points = Cells + Taps - 1;
        Span<float> weights = stackalloc float[Taps], line = stackalloc float[points];
        for (var y = 0; y < side; y++)
        {
            var row = Weights(y, side, weights);
            for (var j = 0; j < points; j++)
            {
                line[j] = 0;
                for (var i = 0; i < Taps; i++) line[j] += weights[i] * grid[(row + i) * points + j];
            }
            for (var x = 0; x < side; x++)
            {
                var column = Weights(x, side, weights);
                field[y * side + x] = weights[0] * line[column] + weights[1] * line[column + 1] + weights[2] * line[column + 2] + weights[3] * line[column + 3];
            }
        }
    }

    /// <summary>The B-spline's four weights at the centre of a pixel, and the first control point they belong to.</summary>
    private int Weights(int pixel, int side, Span<float> weights)
    {
        var place = (pixel + 0.5f) / side * Cells;
        var cell = (int)place;
        var u = place - cell;
        var (u2, u3) = (u * u, u * u * u);
        weights[0] = (1 - 3 * u + 3 * u2 - u3) / 6;
        weights[1] = (4 - 6 * u2 + 3 * u3) / 6;
        weights[2] = (1 + 3 * u + 3 * u2 - 3 * u3) / 6;
        weights[3] = u3 / 6;
        return cell;
    }
}
