namespace Foresee.Evaluation.Scores;

/// <summary>A share of independent images with its 95 % interval.</summary>
/// <param name="Part">Images that are so.</param>
/// <param name="Whole">Of so many, at least 1.</param>
public sealed record Proportion(int Part, int Whole)
{
    private const double Z = 1.959963984540054; // of the normal distribution, 97.5 %

    /// <summary>0 to 1.</summary>
    public double Share => (double)Part / Whole;

    public double Low => Centre - Half;

    public double High => Centre + Half;

    // Wilson 1927: right also near 0 and 1 and for few images, where p ± z √(p(1-p)/n) is not.
    private double Centre => (Share + Z * Z / (2 * Whole)) / (1 + Z * Z / Whole);

    private double Half => Z / (1 + Z * Z / Whole) * Math.Sqrt(Share * (1 - Share) / Whole + Z * Z / (4.0 * Whole * Whole));
}
