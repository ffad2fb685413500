using System.Numerics;
using System.Runtime.InteropServices;
using Foresee.Torch;

namespace Foresee.Evaluation;

/// <summary>
/// Loss and gradient of logistic regression in one pass over the examples, a few at a time, while they are in the cache:
/// <code>
/// L = Σ_i w_i Σ_c -y_ic log softmax(x_i W)_c        G = Σ_i x_iᵀ w_i (softmax(x_i W) - y_i)
/// </code>
/// As two products with a matrix of few columns they take several times as long.
/// </summary>
internal static class LogisticSlope
{
    private const int Parts = 16;   // each is summed by itself, so that the result does not depend on threads
    private const int Rows = 4;     // examples at a time
    private const int Chunk = 1024; // examples whose gradient is summed in f32 before it is added in f64

    /// <param name="x">f32 [n, K], contiguous.</param>
    /// <param name="y">f32 [n, C], rows of sum 1.</param>
    /// <param name="importance">f32 [n, 1]: w; null for 1.</param>
    /// <param name="weights">[K · C]: W</param>
    /// <param name="gradient">[K · C]: receives G.</param>
    /// <param name="loss">In place of the cross entropy.</param>
    /// <returns>L</returns>
    public static double Of(Tensor x, Tensor y, Tensor? importance, double[] weights, double[] gradient,
        LinearLoss loss = LinearLoss.CrossEntropy)
    {
        var (count, width, classes) = ((int)x.Size(0), (int)x.Size(1), (int)y.Size(1));
        var turned = Turned(weights, width, classes);
        var (losses, sums) = (new double[Parts], new double[Parts][]);
        Engine.ParallelJobs(Parts, part =>
        {
            var (from, to) = ((int)((long)part * count / Parts), (int)((part + 1L) * count / Parts));
            sums[part] = new double[classes * width];
            for (var start = from; start < to; start += Chunk)
            {
                var slope = new float[classes * width];
                for (var row = start; row < Math.Min(to, start + Chunk); row += Rows)
                    losses[part] += Add(x, y, importance, turned, row, Math.Min(Rows, Math.Min(to, start + Chunk) - row), slope, loss);
                for (var i = 0; i < slope.Length; i++) sums[part][i] += slope[i];
            }
        });
        Array.Clear(gradient);
        foreach (var sum in sums)
            for (var c = 0; c < classes; c++)
                for (var k = 0; k < width; k++) gradient[k * classes + c] += sum[c * width + k];
        return losses.Sum();
    }

    /// <summary>[C, K] of [K, C].</summary>
    private static float[] Turned(double[] weights, int width, int classes)
    {
        var turned = new float[weights.Length];
        for (var k = 0; k < width; k++)
            for (var c = 0; c < classes; c++) turned[c * width + k] = (float)weights[k * classes + c];
        return turned;
    }

    /// <summary>Adds the gradient of up to four examples; gives their loss.</summary>
    private static double Add(Tensor x, Tensor y, Tensor? importance, float[] turned, int row, int rows, float[] slope, LinearLoss kind)
    {
        var (width, classes) = ((int)x.Size(1), (int)y.Size(1));
        var examples = x.Data<float>().Slice(row * width, rows * width);
        var targets = y.Data<float>().Slice(row * classes, rows * classes);
        // Fewer than four examples: the last again, without weight.
        ReadOnlySpan<float> a = examples[..width], b = At(examples, 1), c = At(examples, 2), d = At(examples, 3);
        Span<float> errors = stackalloc float[Rows * classes];
        for (var k = 0; k < classes; k++)
            Products(turned.AsSpan(k * width, width), a, b, c, d, errors.Slice(k * Rows, Rows));
        var loss = 0.0;
        for (var i = 0; i < Rows; i++)
        {
            var weight = i < rows ? importance is null ? 1 : importance.Data<float>()[row + i] : 0;
            var target = i < rows ? targets.Slice(i * classes, classes) : default;
            loss += weight * (kind == LinearLoss.CrossEntropy ? Softmax(errors, i, target, weight) : Hinge(errors, i, target, weight));
        }
        for (var k = 0; k < classes; k++) AddProducts(errors.Slice(k * Rows, Rows), a, b, c, d, slope.AsSpan(k * width, width));
        return loss;

        ReadOnlySpan<float> At(ReadOnlySpan<float> all, int i) => all.Slice(Math.Min(i, rows - 1) * width, width);
    }

    /// <summary>Turns the logits of example i, every fourth number, into weight (p - y).</summary>
    /// <returns>Its cross entropy.</returns>
    private static double Softmax(Span<float> logits, int i, ReadOnlySpan<float> target, float weight)
    {
        var (largest, sum, loss) = (float.NegativeInfinity, 0.0, 0.0);
        for (var k = i; k < logits.Length; k += Rows) largest = Math.Max(largest, logits[k]);
        for (var k = i; k < logits.Length; k += Rows) sum += Math.Exp(logits[k] - largest);
        var log = largest + Math.Log(sum);
        for (var k = 0; k < target.Length; k++)
        {
            ref var logit = ref logits[k * Rows + i];
            loss += target[k] * (log - logit);
            logit = weight * (float)(Math.Exp(logit - log) - target[k]);
        }
        if (target.Length == 0)
            for (var k = i; k < logits.Length; k += Rows) logits[k] = 0;
        return loss;
    }

    /// <summary>Turns the scores of example i, every fourth number, into weight times the slope of its squared hinge.</summary>
    /// <returns>Its squared hinge.</returns>
    private static double Hinge(Span<float> scores, int i, ReadOnlySpan<float> target, float weight)
    {
        var loss = 0.0;
        for (var k = 0; k < scores.Length / Rows; k++)
        {
            ref var score = ref scores[k * Rows + i];
            var (share, below, above) = (k < target.Length ? target[k] : 0, Math.Max(0, 1 - score), Math.Max(0, 1 + score));
            if (target.Length > 0) loss += share * below * below + (1 - share) * above * above;
            score = weight * 2 * ((1 - share) * above - share * below);
        }
        return loss;
    }

    /// <summary>w · a, w · b, w · c and w · d.</summary>
    private static void Products(ReadOnlySpan<float> w, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c,
        ReadOnlySpan<float> d, Span<float> products)
    {
        var vw = MemoryMarshal.Cast<float, Vector<float>>(w);
        var va = MemoryMarshal.Cast<float, Vector<float>>(a);
        var vb = MemoryMarshal.Cast<float, Vector<float>>(b);
        var vc = MemoryMarshal.Cast<float, Vector<float>>(c);
        var vd = MemoryMarshal.Cast<float, Vector<float>>(d);
        var (p, q, r, s) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
        for (var i = 0; i < vw.Length; i++)
        {
            p += vw[i] * va[i];
            q += vw[i] * vb[i];
            r += vw[i] * vc[i];
            s += vw[i] * vd[i];
        }
        (products[0], products[1], products[2], products[3]) = (Vector.Sum(p), Vector.Sum(q), Vector.Sum(r), Vector.Sum(s));
        for (var i = vw.Length * Vector<float>.Count; i < w.Length; i++)
        {
            products[0] += w[i] * a[i];
            products[1] += w[i] * b[i];
            products[2] += w[i] * c[i];
            products[3] += w[i] * d[i];
        }
    }

    /// <summary>sums += e0 a + e1 b + e2 c + e3 d</summary>
    private static void AddProducts(ReadOnlySpan<float> e, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c,
        ReadOnlySpan<float> d, Span<float> sums)
    {
        var vs = MemoryMarshal.Cast<float, Vector<float>>(sums);
        var va = MemoryMarshal.Cast<float, Vector<float>>(a);
        var vb = MemoryMarshal.Cast<float, Vector<float>>(b);
        var vc = MemoryMarshal.Cast<float, Vector<float>>(c);
        var vd = MemoryMarshal.Cast<float, Vector<float>>(d);
        for (var i = 0; i < vs.Length; i++) vs[i] += va[i] * e[0] + vb[i] * e[1] + (vc[i] * e[2] + vd[i] * e[3]);
        for (var i = vs.Length * Vector<float>.Count; i < sums.Length; i++)
            sums[i] += a[i] * e[0] + b[i] * e[1] + (c[i] * e[2] + d[i] * e[3]);
    }
}
