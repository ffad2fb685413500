namespace Foresee.Fitting;

/// <summary>A share in per cent with its 95 % interval.</summary>
public readonly record struct Interval95(double Mean, double Low, double High)
{
    private const double Quantile = 1.959963984540054; // of the normal distribution at 0.975

    /// <summary>Wilson's interval (1927), which also holds for few images and for shares near 0 and 100 %.</summary>
    public static Interval95 OfShare(int right, int of)
    {
        if (of < 1 || right < 0 || right > of) throw new ArgumentException($"A share needs 0 to n of 1 or more, got {right} of {of}.");
        var (share, z2) = ((double)right / of, Quantile * Quantile);
        var middle = (share + z2 / (2 * of)) / (1 + z2 / of);
        var half = Quantile / (1 + z2 / of) * Math.Sqrt(share * (1 - share) / of + z2 / (4.0 * of * of));
        return new(100 * share, 100 * Math.Max(0, middle - half), 100 * Math.Min(1, middle + half));
    }

    public override string ToString() => FormattableString.Invariant($"{Mean:0.0} % ({Low:0.0} to {High:0.0})");
}
