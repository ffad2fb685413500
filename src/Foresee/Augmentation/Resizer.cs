using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Foresee.Augmentation;

/// <summary>
/// Shows a window of an image in a view of another size, along each side by itself. With s = window's side / view's side and r = max(1, s),
/// <code>view(i) = Σ_j w(i, j) window(j) / Σ_j w(i, j),   w(i, j) = max(0, 1 - |j + 1/2 - (i + 1/2) s| / r)</code>
/// which is bilinear where the window is enlarged, and where it is reduced a triangle as wide as two pixels of the view: no pixel of the
/// window goes unseen. The same as torchvision's resize with antialias=True and as PIL's BILINEAR, without its rounding to 8 bits.
/// </summary>
internal sealed class Resizer(int channels, int height, int width)
{
    private const int Together = 4; // rows of the view that are made side by side, whichever channels they are of

    private readonly Taps down = new(height), across = new(width);
    private float[] rows = [];           // four rows of the view, as wide as the window
    private float[] source = [];         // one row of the window
    private Vector128<float>[] columns = [];

    /// <param name="window">Inside the image.</param>
    /// <param name="mirrored">Left to right.</param>
    /// <param name="upsideDown">Top to bottom.</param>
    /// <param name="view">[C, height, width]</param>
    public void Apply(in ViewSource images, int image, Window window, bool mirrored, bool upsideDown, Span<float> view)
    {
        down.Set(window.Height);
        across.Set(window.Width);
        if (source.Length < window.Width)
            (source, rows, columns) = (new float[window.Width], new float[Together * window.Width], new Vector128<float>[window.Width]);
        for (var first = 0; first < channels * height; first += Together)
        {
            var count = Math.Min(Together, channels * height - first);
            for (var i = 0; i < count; i++)
            {
                var (channel, y) = Math.DivRem(first + i, height);
                Collect(images, image, channel, window, upsideDown ? height - 1 - y : y, rows.AsSpan(i * window.Width, window.Width));
            }
            var group = view.Slice(first * width, count * width);
            Spread(rows.AsSpan(0, count * window.Width), window.Width);
            Collect(group);
            if (mirrored) for (var i = 0; i < count; i++) group.Slice(i * width, width).Reverse();
        }
    }

    /// <summary>One row of the view, still as wide as the window.</summary>
    private void Collect(in ViewSource images, int image, int channel, Window window, int y, Span<float> row)
    {
        row.Clear();
        var weights = down.Of(y);
        for (var k = 0; k < weights.Length; k++)
        {
            var from = source.AsSpan(0, row.Length);
            images.ReadRow(image, channel, window.Top + down.First(y) + k, window.Left, from);
            Pixels.Add(row, from, weights[k]);
        }
    }

    /// <summary>Rows to columns: pixels of the same place side by side.</summary>
    private void Spread(ReadOnlySpan<float> rows, int length)
    {
        var x = 0;
        for (; x + Together <= length; x += Together) Lanes.ReadFour(rows, length, x, columns.AsSpan(x));
        for (; x < length; x++) columns[x] = Lanes.ReadOne(rows, length, x);
    }

    private void Collect(Span<float> rows)
    {
        var x = 0;
        for (; x + Together <= width; x += Together)
            Lanes.WriteFour(rows, width, x, Column(x), Column(x + 1), Column(x + 2), Column(x + 3));
        for (; x < width; x++) Lanes.WriteOne(rows, width, x, Column(x));
    }

    private Vector128<float> Column(int x)
    {
        var weights = across.Of(x);
        ref var from = ref MemoryMarshal.GetReference(columns.AsSpan(across.First(x), weights.Length));
        var sum = Vector128<float>.Zero;
        for (var k = 0; k < weights.Length; k++)
            sum = Vector128.MultiplyAddEstimate(Unsafe.Add(ref from, k), Vector128.Create(weights[k]), sum);
        return sum;
    }

    /// <summary>For each pixel along a side of the view the pixels of the window that it is made of, and how much each counts.</summary>
    private sealed class Taps(int side)
    {
        private readonly int[] first = new int[side], count = new int[side];
        private float[] weights = [];
        private int window, most;

        public int First(int i) => first[i];

        public ReadOnlySpan<float> Of(int i) => weights.AsSpan(i * most, count[i]);

        public void Set(int window)
        {
            if (this.window == window) return;
            this.window = window;
            var scale = (double)window / side;
            var reach = Math.Max(1, scale);
            most = 2 * (int)Math.Ceiling(reach) + 1;
            if (weights.Length < most * side) weights = new float[most * side];
            for (var i = 0; i < side; i++) Set(i, (i + 0.5) * scale, reach);
        }

        private void Set(int i, double centre, double reach)
        {
            first[i] = Math.Max(0, (int)(centre - reach + 0.5));
            count[i] = Math.Min(window, (int)(centre + reach + 0.5)) - first[i];
            var sum = 0.0;
            for (var k = 0; k < count[i]; k++) sum += Weight(i, k, centre, reach);
            for (var k = 0; k < count[i]; k++) weights[i * most + k] = (float)(Weight(i, k, centre, reach) / sum);
        }

        private double Weight(int i, int k, double centre, double reach) => Math.Max(0, 1 - Math.Abs(first[i] + k + 0.5 - centre) / reach);
    }
}
