using Foresee.Evaluation.Scores;

namespace Foresee.Fitting;

/// <summary>A share in per cent with its 95 % interval.</summary>
public readonly record struct Interval95(double Mean, double Low, double High)
{
    /// <summary>Wilson's interval (1927), which also holds for few images and for shares near 0 and 100 %.</summary>
    public static Interval95 OfShare(int right, int of)
    {
        if (of < 1 || right < 0 || right > of) throw new ArgumentException($"A share needs 0 to n of 1 or more, got {right} of {of}.");
        var proportion = new Proportion(right, of);
        return new(100 * proportion.Share, 100 * Math.Max(0, proportion.Low), 100 * Math.Min(1, proportion.High));
    }

    public override string ToString() => FormattableString.Invariant($"{Mean:0.0} % ({Low:0.0} to {High:0.0})");
}
