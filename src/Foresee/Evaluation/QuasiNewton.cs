using System.Numerics;
using System.Runtime.InteropServices;

namespace Foresee.Evaluation;

/// <summary>The value of a function at a point; its gradient is written to the second argument.</summary>
internal delegate double Slope(double[] point, double[] gradient);

/// <summary>A gradient times a guess of the inverse Hessian, the same one every time.</summary>
internal delegate double[] Preconditioner(double[] gradient);

/// <summary>
/// L-BFGS (Liu and Nocedal 1989) for smooth convex functions, with a preconditioner as the first guess of the inverse Hessian and
/// backtracking to sufficient decrease (Armijo). The vectors are managed: for small problems a call per vector operation would cost
/// more than the operation.
/// </summary>
internal static class QuasiNewton
{
    private const int Memory = 10, Halvings = 20;

    /// <param name="point">The start; holds the result.</param>
    /// <param name="tolerance">Ends when no element of the gradient is larger and the model promises less than <paramref name="share"/>,
    /// or rounding allows no further decrease.</param>
    /// <param name="share">Of the function's value: a decrease that is not worth a step. With many unknowns every element of the gradient
    /// is small long before the end.</param>
    /// <param name="rounding">Relative error of the function's values: a decrease hidden in it counts as one.</param>
    public static void Minimise(Slope function, double[] point, Preconditioner preconditioner, double tolerance, double share,
        double rounding, int maximumIterations)
    {
        var pairs = new LinkedList<Pair>(); // newest first
        var (gradient, next, nextGradient) = (new double[point.Length], new double[point.Length], new double[point.Length]);
        var value = function(point, gradient);
        for (var i = 0; i < maximumIterations; i++)
        {
            var direction = Direction(gradient, pairs, preconditioner); // uphill: the step is taken against it
            var decrease = Dot(direction, gradient);                    // twice what the model promises
            var promised = decrease / 2 / Math.Abs(value);
            if ((promised <= share && Largest(gradient) <= tolerance) || promised <= rounding / 10) return;
            var (step, nextValue, halvings) = (1.0, 0.0, 0);
            for (; halvings < Halvings; step /= 2, halvings++)
            {
                point.CopyTo(next, 0);
                AddScaled(next, direction, -step);
                nextValue = function(next, nextGradient);
                if (nextValue <= value - 1e-4 * step * decrease + rounding * Math.Abs(value)) break;
            }
            if (halvings == Halvings) return;
            var pair = new Pair(Difference(next, point), Difference(nextGradient, gradient));
            if (pair.Product > 0) pairs.AddFirst(pair with { Scale = pair.Product / Dot(pair.Change, preconditioner(pair.Change)) });
            if (pairs.Count > Memory) pairs.RemoveLast();
            next.CopyTo(point, 0);
            (gradient, nextGradient, value) = (nextGradient, gradient, nextValue);
        }
    }

    private sealed record Pair(double[] Move, double[] Change)
    {
        public double Product { get; } = Dot(Move, Change);

        /// <summary>How much larger the inverse Hessian is than the preconditioner along the change.</summary>
        public double Scale { get; init; }

        public double Share { get; set; }
    }

    /// <summary>The two loops: the inverse Hessian that the pairs tell of, times the gradient.</summary>
    private static double[] Direction(double[] gradient, LinkedList<Pair> pairs, Preconditioner preconditioner)
    {
        var direction = (double[])gradient.Clone();
        foreach (var pair in pairs)
        {
            pair.Share = Dot(pair.Move, direction) / pair.Product;
            AddScaled(direction, pair.Change, -pair.Share);
        }
        direction = preconditioner(direction);
        if (pairs.First?.Value is { } newest)
            for (var i = 0; i < direction.Length; i++) direction[i] *= newest.Scale;
        for (var node = pairs.Last; node is not null; node = node.Previous)
            AddScaled(direction, node.Value.Move, node.Value.Share - Dot(node.Value.Change, direction) / node.Value.Product);
        return direction;
    }

    private static double Dot(double[] a, double[] b)
    {
        var va = MemoryMarshal.Cast<double, Vector<double>>(a);
        var vb = MemoryMarshal.Cast<double, Vector<double>>(b);
        var sums = Vector<double>.Zero;
        for (var i = 0; i < va.Length; i++) sums += va[i] * vb[i];
        var sum = Vector.Sum(sums);
        for (var i = va.Length * Vector<double>.Count; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(double[] target, double[] source, double factor)
    {
        var vt = MemoryMarshal.Cast<double, Vector<double>>(target.AsSpan());
        var vs = MemoryMarshal.Cast<double, Vector<double>>(source);
        for (var i = 0; i < vt.Length; i++) vt[i] += vs[i] * factor;
        for (var i = vt.Length * Vector<double>.Count; i < target.Length; i++) target[i] += source[i] * factor;
    }

    private static double[] Difference(double[] a, double[] b)
    {
        var result = (double[])a.Clone();
        AddScaled(result, b, -1);
        return result;
    }

    private static double Largest(double[] a)
    {
        var largest = 0.0;
        foreach (var value in a) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }
}
