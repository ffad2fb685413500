using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>
/// A region of a map on a fixed grid (He et al. 2017, "Mask R-CNN", section 3): each cell is the mean of r x r values, bilinear between the
/// map's places, at even distances within the cell.
/// </summary>
/// <remarks>
/// Bilinear values and their mean are separable: a cell is Σ_y Σ_x v_y u_x F[y, x] over the few places whose mean weights v, u are not 0.
/// libtorch adds such rows without making them first (<see cref="Tensor.SumOfRows"/>), and knows the gradient; the cost does not grow with
/// the map. As torchvision.ops.roi_align: a sample beyond one place outside the map counts 0, one less far out takes the value at the edge.
/// </remarks>
public static class RoiAlign
{
    /// <param name="map">[C, H, W]; channels-last memory costs no copy.</param>
    /// <param name="regions">In pixels of the image.</param>
    /// <param name="scale">Places per pixel.</param>
    /// <param name="size">Cells along a side: out.</param>
    /// <param name="samples">r; 0 for as many as a cell covers places, rounded up.</param>
    /// <param name="aligned">Whether place j lies at j + 1/2 (torchvision's <c>aligned</c>); otherwise at j, and sides are at least a place.
    /// </param>
    /// <returns>[K, C, out, out] Float32</returns>
    public static Tensor Pool(Tensor map, IReadOnlyList<Box> regions, double scale, int size, int samples = 2, bool aligned = true)
    {
        var (channels, height, width) = (map.Size(0), (int)map.Size(1), (int)map.Size(2));
        var (places, weights, starts) = (new List<long>(), new List<float>(), new List<long>());
        Span<float> rows = new float[size * height], columns = new float[size * width];
        foreach (var region in regions)
        {
            Weights(rows, region.Top * scale, region.Bottom * scale, size, samples, aligned);
            Weights(columns, region.Left * scale, region.Right * scale, size, samples, aligned);
            for (var cell = 0; cell < size * size; cell++)
            {
                starts.Add(places.Count);
                ReadOnlySpan<float> v = rows.Slice(cell / size * height, height), u = columns.Slice(cell % size * width, width);
                for (var y = v.IndexOfAnyExcept(0); y >= 0 && y <= v.LastIndexOfAnyExcept(0); y++)
                    for (var x = u.IndexOfAnyExcept(0); x >= 0 && x <= u.LastIndexOfAnyExcept(0); x++)
                    {
                        if (v[y] * u[x] == 0) continue;
                        places.Add(y * width + x);
                        weights.Add(v[y] * u[x]);
                    }
            }
        }
        Tensor There<T>(List<T> values) where T : unmanaged => Tensor.From(values.ToArray(), values.Count).To(map.Device);
        return map.To(DType.Float32).Permute(1, 2, 0).Reshape(height * width, channels)                          // [H·W, C]
            .SumOfRows(There(places), There(starts), There(weights))                                             // [K·out·out, C]
            .Reshape(regions.Count, size, size, channels).Permute(0, 3, 1, 2);                                   // [K, C, out, out]
    }

    /// <summary>The mean weights of the places along one side: of each cell a row.</summary>
    private static void Weights(Span<float> weights, double from, double to, int size, int samples, bool aligned)
    {
        weights.Clear();
        var places = weights.Length / size;
        var start = aligned ? from - 0.5 : from;
        var length = aligned ? to - from : Math.Max(1, to - from);
        var count = samples > 0 ? samples : (int)Math.Ceiling(length / size);
        for (var cell = 0; cell < size; cell++)
            for (var s = 0; s < count; s++)
            {
                var at = start + (cell + (s + 0.5) / count) * length / size;
                if (at < -1 || at > places) continue;
                at = Math.Clamp(at, 0, places - 1);
                var low = Math.Min((int)at, Math.Max(0, places - 2));
                var row = weights.Slice(cell * places, places);
                row[low] += (float)((1 - (at - low)) / count);
                if (low + 1 < places) row[low + 1] += (float)((at - low) / count);
            }
    }
}
