using Foresee.Torch;

namespace Foresee.Detection;

/// <summary>
/// A region of a map on a fixed grid (He et al. 2017, "Mask R-CNN", section 3): each cell is the mean of r x r values, bilinear between the
/// map's places, at even distances within the cell.
/// </summary>
/// <remarks>
/// Bilinear values and their mean are separable, so a region is V F Uᵀ: V [out, H] and U [out, W] hold the mean weights of the rows and
/// columns. That is two matrix products for all regions of a map: exact gradients by libtorch, and any r at the same cost. As
/// torchvision.ops.roi_align: a sample beyond one place outside the map counts 0, one less far out takes the value at the edge.
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
        float[] rows = new float[regions.Count * size * height], columns = new float[regions.Count * size * width];
        for (var k = 0; k < regions.Count; k++)
        {
            Fill(rows.AsSpan(k * size * height, size * height), regions[k].Top, regions[k].Bottom);
            Fill(columns.AsSpan(k * size * width, size * width), regions[k].Left, regions[k].Right);
        }
        void Fill(Span<float> weights, double from, double to) => Weights(weights, from * scale, to * scale, size, samples, aligned);
        var count = regions.Count;
        var pixels = map.To(DType.Float32).Permute(1, 2, 0).Reshape(height, width * channels);                   // [H, W·C]
        var v = Tensor.From(rows, (long)count * size, height).To(map.Device);
        var u = Tensor.From(columns, count, 1, size, width).To(map.Device);
        var lines = v.MatMul(pixels).Reshape(count, size, width, channels);                                     // [K, out, W, C]
        return u.MatMul(lines).Permute(0, 3, 1, 2);                                                              // [K, C, out, out]
    }

    /// <summary>The mean weights of the places along one side: of each cell a row.</summary>
    private static void Weights(Span<float> weights, double from, double to, int size, int samples, bool aligned)
    {
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
