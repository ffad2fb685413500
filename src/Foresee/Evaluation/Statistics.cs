namespace Foresee.Evaluation;

/// <summary>A mean with its 95 % interval: mean ± half width. Without a half width nothing is known of the spread (one draw).</summary>
public readonly record struct Interval(double Mean, double? HalfWidth)
{
    /// <summary>Of shares in per cent: then the ends lie between 0 and 100, as every share does.</summary>
    public bool OfShares { get; init; }

    public double? Low => OfShares && HalfWidth is { } half ? Math.Max(0, Mean - half) : Mean - HalfWidth;
    public double? High => OfShares && HalfWidth is { } half ? Math.Min(100, Mean + half) : Mean + HalfWidth;

    /// <summary>The whole interval lies above zero; false when the spread is unknown.</summary>
    public bool IsPositive => Low > 0;

    /// <summary>Of a difference: with its sign, "+1.2 ± 0.4".</summary>
    public string Signed() => HalfWidth is { } half
        ? FormattableString.Invariant($"{Mean:+0.0;-0.0;0.0} ± {half:0.0}")
        : FormattableString.Invariant($"{Mean:+0.0;-0.0;0.0}");

    public override string ToString() => HalfWidth is { } half
        ? FormattableString.Invariant($"{Mean:0.0} ± {half:0.0}")
        : FormattableString.Invariant($"{Mean:0.0}");
}

/// <summary>Means over draws of labels and what they are worth.</summary>
public static class Statistics
{
    public static double Mean(IReadOnlyList<double> values) => values.Count > 0
        ? values.Sum() / values.Count
        : throw new ArgumentException("A mean needs at least one value, got none.", nameof(values));

    /// <summary>Of the sample, with n - 1 below.</summary>
    public static double Std(IReadOnlyList<double> values)
    {
        if (values.Count < 2) throw new ArgumentException($"A deviation needs at least two values, got {values.Count}.", nameof(values));
        var mean = Mean(values);
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    /// <summary>
    /// mean ± t(0.975, n - 1) · s / √n: Student's interval, right also for 3 draws, where a normal one would be half as wide.
    /// </summary>
    public static Interval Confidence(IReadOnlyList<double> values) => values.Count < 2
        ? new(Mean(values), null)
        : new(Mean(values), StudentQuantile(0.975, values.Count - 1) * Std(values) / Math.Sqrt(values.Count));

    /// <summary>The interval of a - b, where a[i] and b[i] were measured on the same draw of labels.</summary>
    public static Interval PairedDifference(IReadOnlyList<double> a, IReadOnlyList<double> b) => a.Count == b.Count
        ? Confidence([.. a.Zip(b, (x, y) => x - y)])
        : throw new ArgumentException($"Paired values need the same draws on both sides, got {a.Count} and {b.Count}.");

    /// <summary>t with P(T ≤ t) = probability, for whole degrees of freedom.</summary>
    public static double StudentQuantile(double probability, int degrees)
    {
        if (probability is not (> 0.5 and < 1))
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "The probability must lie between 0.5 and 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(degrees, 1);
        // By bisection over the angle, whose range is finite.
        double low = 0, high = Math.PI / 2;
        for (var i = 0; i < 100; i++)
        {
            var middle = (low + high) / 2;
            if ((1 + Central(middle, degrees)) / 2 < probability) low = middle;
            else high = middle;
        }
        return Math.Tan(low) * Math.Sqrt(degrees);
    }

    /// <summary>P(|T| ≤ t) with θ = atan(t / √ν); Abramowitz and Stegun 26.7.3 (odd ν) and 26.7.4 (even ν).</summary>
    private static double Central(double theta, int degrees)
    {
        double sine = Math.Sin(theta), cosine = Math.Cos(theta);
        var odd = degrees % 2 == 1;
        double term = odd ? cosine : 1, sum = 0;
        for (var k = odd ? 1 : 0; k <= degrees - 2; k += 2)
        {
            sum += term;
            term *= (k + 1.0) / (k + 2.0) * cosine * cosine;
        }
        return odd ? 2 / Math.PI * (theta + sine * sum) : sine * sum;
    }
}
