using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Foresee.Evaluation.Scores;

/// <summary>
/// t-SNE, exactly (van der Maaten and Hinton 2008): places y in the plane such that q_ij = (1 + |y_i - y_j|²)⁻¹ / Σ (...) is like p_ij,
/// the probability that rows i and j are neighbours, by the divergence Σ p_ij ln(p_ij / q_ij). Near places mean like rows; sizes of groups
/// and distances between them mean little. N² work for each step: 2,000 rows take some seconds.
/// </summary>
public static class NeighbourEmbedding
{
    public const int MostRows = 2000;
    private const double MostPerplexity = 30, LeastPerplexity = 5;
    private const int Early = 250, Steps = 750;
    private const double Exaggeration = 12;

    /// <param name="rows">[N, K], row by row, N at most <see cref="MostRows"/>; few columns, such as 50 principal components.</param>
    /// <param name="perplexity">How many neighbours count, at most a third of N - 1; null for a twentieth of the rows, within 5 and
    /// 30.</param>
    /// <returns>[N, 2] row by row, the mean at 0. It begins with the first two columns, so it is the same each time.</returns>
    public static double[] Place(float[] rows, int width, double? perplexity = null, CancellationToken cancel = default)
    {
        var total = rows.Length / width;
        if (total > MostRows)
            throw new ArgumentException($"t-SNE compares each row with each, so takes at most {MostRows} rows, got {total}; give a sample.",
                nameof(rows));
        if (total < 4) return new double[2 * total];
        var wanted = perplexity ?? Math.Clamp(total / 20.0, LeastPerplexity, MostPerplexity);
        var p = Joint(rows, width, Math.Min(wanted, (total - 1) / 3.0));
        var (x, y) = (Start(rows, width, 0), Start(rows, width, Math.Min(1, width - 1)));
        var (movedX, movedY, gainX, gainY) = (new float[total], new float[total], Ones(total), Ones(total));
        var (gradientX, gradientY) = (new float[total], new float[total]);
        var rate = (float)Math.Max(total / Exaggeration / 4, 50); // Belkina et al. 2019
        for (var step = 0; step < Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            var early = step < Early;
            Gradient(p, x, y, early ? Exaggeration : 1, gradientX, gradientY);
            Move(x, movedX, gainX, gradientX, rate, early ? 0.5f : 0.8f);
            Move(y, movedY, gainY, gradientY, rate, early ? 0.5f : 0.8f);
        }
        return [.. x.Zip(y, (a, b) => new double[] { a, b }).SelectMany(place => place)];
    }

    /// <summary>
    /// p_ij = (p_j|i + p_i|j) / 2N, where p_j|i falls with exp(-β_i |x_i - x_j|²) and β_i is such that p_·|i has the perplexity wanted.
    /// </summary>
    /// <returns>[N, N]</returns>
    internal static float[] Joint(float[] rows, int width, double perplexity)
    {
        var total = rows.Length / width;
        var (conditional, joint) = (new float[total * total], new float[total * total]);
        var distances = new float[total];
        for (var i = 0; i < total; i++)
        {
            for (var j = 0; j < total; j++)
            {
                var apart = TensorPrimitives.Distance(rows.AsSpan(i * width, width), rows.AsSpan(j * width, width));
                distances[j] = apart * apart;
            }
            Conditional(distances, i, Math.Log(perplexity), conditional.AsSpan(i * total, total));
        }
        for (var i = 0; i < total; i++)
            for (var j = 0; j < total; j++) joint[i * total + j] = (conditional[i * total + j] + conditional[j * total + i]) / (2f * total);
        return joint;
    }

    /// <summary>β by bisection: the entropy falls as it rises.</summary>
    private static void Conditional(float[] distances, int self, double entropy, Span<float> p)
    {
        var nearest = float.PositiveInfinity;
        for (var j = 0; j < distances.Length; j++)
            if (j != self) nearest = Math.Min(nearest, distances[j]);
        double low = 0, high = double.PositiveInfinity;
        var beta = distances.Length / Math.Max(1e-12, TensorPrimitives.Sum<float>(distances));
        for (var i = 0; i < 64; i++)
        {
            double sum = 0, weighted = 0;
            TensorPrimitives.Subtract(distances, nearest, p);
            TensorPrimitives.Multiply(p, (float)-beta, p);
            TensorPrimitives.Exp(p, p);
            p[self] = 0;
            for (var j = 0; j < p.Length; j++) (sum, weighted) = (sum + p[j], weighted + (double)p[j] * (distances[j] - nearest));
            TensorPrimitives.Divide(p, (float)sum, p);
            var excess = Math.Log(sum) + beta * weighted / sum - entropy; // H = ln Σ + β mean distance
            if (Math.Abs(excess) < 1e-5) return;
            if (excess > 0) (low, beta) = (beta, double.IsInfinity(high) ? beta * 2 : (beta + high) / 2);
            else (high, beta) = (beta, (low + beta) / 2);
        }
    }

    /// <summary>∂/∂y_i = 4 Σ_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|²), p times the exaggeration.</summary>
    internal static void Gradient(float[] p, float[] x, float[] y, double exaggeration, float[] gradientX, float[] gradientY)
    {
        var total = x.Length;
        var (pushX, pushY, sum) = (new float[total], new float[total], 0.0);
        for (var i = 0; i < total; i++)
        {
            var force = Forces(p.AsSpan(i * total, total), x, y, x[i], y[i]);
            (gradientX[i], gradientY[i], pushX[i], pushY[i]) = (force.PullX, force.PullY, force.PushX, force.PushY);
            sum += force.Near - 1; // a place is no neighbour of itself
        }
        for (var i = 0; i < total; i++)
        {
            gradientX[i] = (float)(4 * (exaggeration * gradientX[i] - pushX[i] / sum));
            gradientY[i] = (float)(4 * (exaggeration * gradientY[i] - pushY[i] / sum));
        }
    }

    private static (float PullX, float PullY, float PushX, float PushY, double Near) Forces(ReadOnlySpan<float> p, float[] x, float[] y,
        float atX, float atY)
    {
        var ps = MemoryMarshal.Cast<float, Vector<float>>(p);
        var xs = MemoryMarshal.Cast<float, Vector<float>>(x.AsSpan());
        var ys = MemoryMarshal.Cast<float, Vector<float>>(y.AsSpan());
        Vector<float> pullX = default, pullY = default, pushX = default, pushY = default, near = default;
        for (var j = 0; j < xs.Length; j++)
        {
            var (dx, dy) = (new Vector<float>(atX) - xs[j], new Vector<float>(atY) - ys[j]);
            var closeness = Vector<float>.One / (Vector<float>.One + dx * dx + dy * dy);
            var (pull, push) = (ps[j] * closeness, closeness * closeness);
            (pullX, pullY, near) = (pullX + pull * dx, pullY + pull * dy, near + closeness);
            (pushX, pushY) = (pushX + push * dx, pushY + push * dy);
        }
        float sumPullX = Vector.Sum(pullX), sumPullY = Vector.Sum(pullY), sumPushX = Vector.Sum(pushX), sumPushY = Vector.Sum(pushY);
        double sumNear = Vector.Sum(near);
        for (var j = xs.Length * Vector<float>.Count; j < x.Length; j++)
        {
            float dx = atX - x[j], dy = atY - y[j], closeness = 1 / (1 + dx * dx + dy * dy);
            (sumPullX, sumPullY, sumNear) = (sumPullX + p[j] * closeness * dx, sumPullY + p[j] * closeness * dy, sumNear + closeness);
            (sumPushX, sumPushY) = (sumPushX + closeness * closeness * dx, sumPushY + closeness * closeness * dy);
        }
        return (sumPullX, sumPullY, sumPushX, sumPushY, sumNear);
    }

    /// <summary>A step with momentum; where the sign of a gradient stays the steps grow, else they shrink (Jacobs 1988).</summary>
    private static void Move(float[] place, float[] moved, float[] gain, float[] gradient, float rate, float momentum)
    {
        for (var i = 0; i < place.Length; i++)
        {
            gain[i] = Math.Max(0.01f, gradient[i] > 0 == moved[i] > 0 ? gain[i] * 0.8f : gain[i] + 0.2f);
            moved[i] = momentum * moved[i] - rate * gain[i] * gradient[i];
            place[i] += moved[i];
        }
        TensorPrimitives.Subtract(place, TensorPrimitives.Sum<float>(place) / place.Length, place);
    }

    /// <summary>A column as it is, but small.</summary>
    private static float[] Start(float[] rows, int width, int column)
    {
        float[] values = [.. Enumerable.Range(0, rows.Length / width).Select(i => rows[i * width + column])];
        TensorPrimitives.Subtract(values, TensorPrimitives.Sum<float>(values) / values.Length, values);
        var spread = TensorPrimitives.Norm<float>(values) / MathF.Sqrt(values.Length);
        // places that are all alike would never part
        return spread > 0 ? Array.ConvertAll(values, v => v / spread * 1e-4f) : [.. values.Select((_, i) => 1e-4f * (i % 7 - 3))];
    }

    private static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];
}
