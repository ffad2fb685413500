using System.Numerics;
using System.Runtime.InteropServices;
using Foresee.Torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Foresee.Evaluation;

/// <summary>
/// Loss and gradient of logistic regression in one pass over the examples, a few at a time, while they are in the cache:
/// <code>
/// L = Σ_i w_i Σ_c -y_ic log softmax(x_i W)_c        G = Σ_i x_iᵀ w_i (softmax(x_i W) - y_i)
/// </code>
/// As two products with a matrix of few columns they take several times as long, and with few examples a call per operation costs more
/// than the operation.
/// </summary>
internal static class LogisticSlope
{
    private const int MostParts = 16, LeastOfPart = 64; // each part is summed by itself, so that the result does not depend on threads
    private const int Rows = 4;     // examples at a time
    private const int Chunk = 1024; // examples whose gradient is summed as they are before it is added in f64

    /// <param name="x">f32 or f64 [n, K], contiguous.</param>
    /// <param name="y">[n, C] of the same type, rows of sum 1.</param>
    /// <param name="importance">[n, 1] of the same type: w; null for 1.</param>
    /// <param name="weights">[K · C]: W</param>
    /// <param name="gradient">[K · C]: receives G.</param>
    /// <param name="loss">In place of the cross entropy.</param>
    /// <returns>L</returns>
    public static double Of(Tensor x, Tensor y, Tensor? importance, double[] weights, double[] gradient,
        LinearLoss loss = LinearLoss.CrossEntropy) => x.DType == DType.Float64
        ? Of<double>(x, y, importance, weights, gradient, loss) : Of<float>(x, y, importance, weights, gradient, loss);

    private static double Of<T>(Tensor x, Tensor y, Tensor? importance, double[] weights, double[] gradient, LinearLoss loss)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (count, width, classes) = ((int)x.Size(0), (int)x.Size(1), (int)y.Size(1));
        var turned = Turned<T>(weights, width, classes);
        var parts = Math.Clamp(count / LeastOfPart, 1, MostParts);
        var (losses, sums) = (new double[parts], new double[parts][]);
        Engine.ParallelJobs(parts, part =>
        {
            var (from, to) = ((int)((long)part * count / parts), (int)((part + 1L) * count / parts));
            ReadOnlySpan<T> examples = x.Data<T>(), targets = y.Data<T>();
            var importances = importance is null ? default : importance.Data<T>();
            sums[part] = new double[classes * width];
            for (var start = from; start < to; start += Chunk)
            {
                var slope = new T[classes * width];
                for (var row = start; row < Math.Min(to, start + Chunk); row += Rows)
                {
                    var rows = Math.Min(Rows, Math.Min(to, start + Chunk) - row);
                    losses[part] += Add(examples.Slice(row * width, rows * width), targets.Slice(row * classes, rows * classes),
                        importance is null ? default : importances.Slice(row, rows), rows, turned, slope, loss);
                }
                for (var i = 0; i < slope.Length; i++) sums[part][i] += double.CreateTruncating(slope[i]);
            }
        });
        Array.Clear(gradient);
        foreach (var sum in sums)
            for (var c = 0; c < classes; c++)
                for (var k = 0; k < width; k++) gradient[k * classes + c] += sum[c * width + k];
        return losses.Sum();
    }

    /// <summary>[C, K] of [K, C].</summary>
    private static T[] Turned<T>(double[] weights, int width, int classes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var turned = new T[weights.Length];
        for (var k = 0; k < width; k++)
            for (var c = 0; c < classes; c++) turned[c * width + k] = T.CreateTruncating(weights[k * classes + c]);
        return turned;
    }

    /// <summary>Adds the gradient of up to four examples; gives their loss.</summary>
    /// <param name="importance">Empty for 1.</param>
    /// <param name="rows">How many.</param>
    private static double Add<T>(ReadOnlySpan<T> examples, ReadOnlySpan<T> targets, ReadOnlySpan<T> importance, int rows, T[] turned,
        T[] slope, LinearLoss kind) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (width, classes) = (examples.Length / rows, targets.Length / rows);
        // Fewer than four examples: the last again, without weight.
        ReadOnlySpan<T> a = examples[..width], b = At(examples, 1), c = At(examples, 2), d = At(examples, 3);
        Span<T> errors = stackalloc T[Rows * classes], factors = stackalloc T[Rows];
        for (var k = 0; k < classes; k++)
            Products(turned.AsSpan(k * width, width), a, b, c, d, errors.Slice(k * Rows, Rows));
        factors.Clear();
        if (importance.IsEmpty) factors[..rows].Fill(T.One);
        else importance.CopyTo(factors);
        var loss = kind == LinearLoss.CrossEntropy ? Softmax(errors, targets, factors, rows) : Hinge(errors, targets, factors, rows);
        for (var k = 0; k < classes; k++) AddProducts(errors.Slice(k * Rows, Rows), a, b, c, d, slope.AsSpan(k * width, width));
        return loss;

        ReadOnlySpan<T> At(ReadOnlySpan<T> all, int i) => all.Slice(Math.Min(i, rows - 1) * width, width);
    }

    /// <summary>Turns the logits of four examples, those of one every fourth number, into weight (p - y).</summary>
    /// <returns>The cross entropies of the first so many, times their weights.</returns>
    private static double Softmax<T>(Span<T> logits, ReadOnlySpan<T> targets, ReadOnlySpan<T> weights, int rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (classes, loss) = (logits.Length / Rows, 0.0);
        for (var i = 0; i < Rows; i++)
        {
            var largest = T.NegativeInfinity;
            for (var k = i; k < logits.Length; k += Rows) largest = T.Max(largest, logits[k]);
            for (var k = i; k < logits.Length; k += Rows) logits[k] -= largest;
            if (i >= rows) continue;
            var aimed = T.Zero;
            for (var k = 0; k < classes; k++) aimed += targets[i * classes + k] * logits[k * Rows + i];
            loss -= double.CreateTruncating(weights[i] * aimed);
        }
        TensorPrimitives.Exp(logits, logits);
        for (var i = 0; i < Rows; i++)
        {
            var sum = T.Zero;
            for (var k = i; k < logits.Length; k += Rows) sum += logits[k];
            if (i < rows) loss += double.CreateTruncating(weights[i]) * Math.Log(double.CreateTruncating(sum));
            for (var k = 0; k < classes; k++)
                logits[k * Rows + i] = i < rows ? weights[i] * (logits[k * Rows + i] / sum - targets[i * classes + k]) : T.Zero;
        }
        return loss;
    }

    /// <summary>The same of weight times the slope of the squared hinge.</summary>
    private static double Hinge<T>(Span<T> scores, ReadOnlySpan<T> targets, ReadOnlySpan<T> weights, int rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (classes, loss) = (scores.Length / Rows, 0.0);
        for (var i = 0; i < Rows; i++)
        {
            var own = T.Zero;
            for (var k = 0; k < classes; k++)
            {
                ref var score = ref scores[k * Rows + i];
                var share = i < rows ? targets[i * classes + k] : T.Zero;
                var (below, above) = (T.Max(T.Zero, T.One - score), T.Max(T.Zero, T.One + score));
                own += share * below * below + (T.One - share) * above * above;
                var slope = (T.One - share) * above - share * below;
                score = weights[i] * (slope + slope);
            }
            loss += double.CreateTruncating(weights[i] * own);
        }
        return loss;
    }

    /// <summary>w · a, w · b, w · c and w · d.</summary>
    private static void Products<T>(ReadOnlySpan<T> w, ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, ReadOnlySpan<T> d,
        Span<T> products) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vw = MemoryMarshal.Cast<T, Vector<T>>(w);
        var va = MemoryMarshal.Cast<T, Vector<T>>(a);
        var vb = MemoryMarshal.Cast<T, Vector<T>>(b);
        var vc = MemoryMarshal.Cast<T, Vector<T>>(c);
        var vd = MemoryMarshal.Cast<T, Vector<T>>(d);
        var (p, q, r, s) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero);
        for (var i = 0; i < vw.Length; i++)
        {
            p += vw[i] * va[i];
            q += vw[i] * vb[i];
            r += vw[i] * vc[i];
            s += vw[i] * vd[i];
        }
        (products[0], products[1], products[2], products[3]) = (Vector.Sum(p), Vector.Sum(q), Vector.Sum(r), Vector.Sum(s));
        for (var i = vw.Length * Vector<T>.Count; i < w.Length; i++)
        {
            products[0] += w[i] * a[i];
            products[1] += w[i] * b[i];
            products[2] += w[i] * c[i];
            products[3] += w[i] * d[i];
        }
    }

    /// <summary>sums += e0 a + e1 b + e2 c + e3 d</summary>
    private static void AddProducts<T>(ReadOnlySpan<T> e, ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> c, ReadOnlySpan<T> d,
        Span<T> sums) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var vs = MemoryMarshal.Cast<T, Vector<T>>(sums);
        var va = MemoryMarshal.Cast<T, Vector<T>>(a);
        var vb = MemoryMarshal.Cast<T, Vector<T>>(b);
        var vc = MemoryMarshal.Cast<T, Vector<T>>(c);
        var vd = MemoryMarshal.Cast<T, Vector<T>>(d);
        for (var i = 0; i < vs.Length; i++) vs[i] += va[i] * e[0] + vb[i] * e[1] + (vc[i] * e[2] + vd[i] * e[3]);
        for (var i = vs.Length * Vector<T>.Count; i < sums.Length; i++)
            sums[i] += a[i] * e[0] + b[i] * e[1] + (c[i] * e[2] + d[i] * e[3]);
    }
}
